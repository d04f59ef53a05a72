"""`python -m flows.deploy`: bring a Prefect server's deployments to prefect.yaml, and its schedules to hub.toml.

Schedules of pull-orders carry the channel id as slug, so each is found again, brought up to date, or removed with its channel;
schedules an admin made in the UI have no such slug and are left alone.
"""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from operations.runtime.hub_file import Channel, read_hub_file
from operations.runtime.schedule import Schedule
from operations.runtime.settings import Settings

WORK_POOL = "entrepot"
PULL = "pull_orders/pull-orders"
_OURS = "channel-"
_ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


async def deploy() -> None:
    """Deploy everything; harmless to repeat."""
    async with get_client() as client:
        await make_work_pool(client)
    await run_prefect_deploy()
    async with get_client() as client:
        await set_schedules(client, read_hub_file(Settings().hub_file).channels)


async def make_work_pool(client: PrefectClient) -> None:
    """The work pool our deployments run in."""
    template = ProcessWorker.get_default_base_job_template()
    try:
        await client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        return


async def run_prefect_deploy() -> None:
    """Prefect's own deployer over our prefect.yaml."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"),
        cwd=Path(__file__).parents[1],
        env=os.environ | {"ENTREPOT_HOME": str(Settings().home.resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:  # the hub stops; a deployer left behind would wait for a server that is gone
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise SystemExit(output.decode(errors="replace"))


async def set_schedules(client: PrefectClient, channels: tuple[Channel, ...]) -> None:
    """One schedule per active channel account on pull-orders; stale ones go."""
    deployment = await client.read_deployment_by_name(PULL)
    wanted = {f"{_OURS}{channel.id}": channel for channel in channels if channel.is_active}
    for existing in await client.read_deployment_schedules(deployment.id):
        slug = existing.slug or ""
        if not slug.startswith(_OURS):
            continue
        channel = wanted.pop(slug, None)
        if channel is None:
            await client.delete_deployment_schedule(deployment.id, existing.id)
        elif existing.schedule != schedule_of(channel):
            await client.update_deployment_schedule(
                deployment.id, existing.id, schedule=schedule_of(channel), parameters={"channel": channel.id}, slug=slug
            )
    if wanted:
        await client.create_deployment_schedules(
            deployment.id,
            [
                DeploymentScheduleCreate(schedule=schedule_of(channel), active=True, slug=slug, parameters={"channel": channel.id})
                for slug, channel in wanted.items()
            ],
        )


def schedule_of(channel: Channel) -> IntervalSchedule | CronSchedule:
    """Prefect's form of a channel's schedule; cron lines are read in the channel's zone."""
    schedule = Schedule.parse(channel.schedule)
    if schedule.interval is not None:
        return IntervalSchedule(interval=schedule.interval, anchor_date=_ANCHOR, timezone="UTC")
    return CronSchedule(cron=schedule.cron or "", timezone=channel.zone)


if __name__ == "__main__":
    asyncio.run(deploy())

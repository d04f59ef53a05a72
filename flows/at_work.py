"""What flows share: the hub they work on, and how their results are shown."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from prefect.artifacts import acreate_table_artifact
from prefect.runtime import flow_run

from model.store.audit_trail import Actor
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings

SCHEDULER = Actor("prefect", "Prefect")
"""Who acts when no person is named: Prefect knows no users."""


@contextmanager
def hub_for(actor: str) -> Generator[Hub]:
    """The hub of ENTREPOT_HOME, acting as a person of hub.toml, or as Prefect."""
    with open_hub(Settings(), actor=actor or None) as hub:
        yield hub if actor else replace(hub, actor=SCHEDULER)


def run_name() -> str:
    """What a run is called in the UI: its channel, whether it reads a window again, and when."""
    asked: dict[str, Any] = flow_run.parameters
    again = " again" if asked.get("since") or asked.get("until") else ""
    return f"{asked.get('channel') or 'all channels'}{again} {flow_run.scheduled_start_time:%m-%d %H:%M:%S}"


async def show_table(key: str, rows: Sequence[Mapping[str, Any]], description: str) -> None:
    """A table artifact of the run; Prefect keeps one history per key."""
    await acreate_table_artifact(table=[dict(row) for row in rows], key=key, description=description)

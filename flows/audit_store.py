"""Audit the store: every invariant, by plain SQL."""

import asyncio
from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.at_work import show_table
from operations.auditor import INVARIANTS, Finding, audit
from operations.runtime.settings import Settings


@task(task_run_name="audit", retries=1, retry_delay_seconds=120, persist_result=False)
async def audit_database() -> list[Finding]:
    """Ask in a thread of its own."""
    return await asyncio.to_thread(audit, Settings().database)


@flow(name="audit_store", persist_result=False)
async def audit_store() -> State[Any]:
    """Check the invariants of the store; fails with the list when one is broken."""
    findings = await audit_database()
    await show_table("audit-store", [asdict(finding) for finding in findings] or [{"result": "every invariant holds"}], "Broken invariants")
    if findings:
        return Failed(message="; ".join(f"{finding.id}: {finding.promise}" for finding in findings))
    return Completed(message=f"{len(INVARIANTS) + 1} invariants hold")

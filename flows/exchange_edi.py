"""Exchange EDI: read what partners tell, by file or by interface, book it, and answer trading partners."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="exchange_edi", flow_run_name=run_name, persist_result=False)
async def exchange_edi(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Read shipments, receipts, adjustments, counts, acknowledgements and bills, and book each once.

    Args:
        channel: An id of a partner or a channel in hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("exchange_edi", channel, actor)

"""The command that a reply leaves by."""

from connectors.capabilities import PartnerReplySink
from model.records.partner_reply import PartnerReply
from model.store.outbox import Intent
from operations.runtime.hub_file import Channel


def reply_intent(channel: Channel, sink: PartnerReplySink, reply: PartnerReply, order_id: str, *, key: str, key_id: str) -> Intent:
    """The command of a reply, behind earlier ones about its order; RejectedError as the partner's writer says."""
    return Intent(
        key=key, account_id=channel.id, operation="submit_reply", aggregate=f"replies:{order_id}", subject_id=order_id,
        reference=reply.reference, body=sink.write_reply(reply, key), key_id=key_id,
    )  # fmt: skip

"""The workshop of all connectors: one HTTP client, the address guard, page splitting, and the base of payloads."""

from connectors._kit.base import Address, ChannelSettings, Connector, Manifest, Wiring
from connectors._kit.exchange import Answer, ForbiddenError
from connectors._kit.http import Http
from connectors._kit.payload import Amount, Payload, read_payload
from connectors._kit.slices import decoded, enveloped, member, own_id, split_page

__all__ = [
    "Address",
    "Amount",
    "Answer",
    "ChannelSettings",
    "Connector",
    "ForbiddenError",
    "Http",
    "Manifest",
    "Payload",
    "Wiring",
    "decoded",
    "enveloped",
    "member",
    "own_id",
    "read_payload",
    "split_page",
]

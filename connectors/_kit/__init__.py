"""The workshop of all connectors: one HTTP client, the address guard, page splitting, and the base of payloads."""

from connectors._kit.base import ChannelSettings, Connector, Manifest, Wiring
from connectors._kit.http import Answer, Http
from connectors._kit.payload import Amount, Payload, read_payload
from connectors._kit.slices import split_page

__all__ = ["Amount", "Answer", "ChannelSettings", "Connector", "Http", "Manifest", "Payload", "Wiring", "read_payload", "split_page"]

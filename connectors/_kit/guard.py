"""The only way out: a transport that refuses private addresses and plain http unless the account allows the host.

The name is resolved once, every address is judged, and the connection goes to the address that was judged, so a name that
changes its mind between check and connect gains nothing. Redirects and proxy variables are never followed.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable

import httpcore
import httpx

from model.errors import ConfigError


def guarded_transport(allow_hosts: Iterable[str]) -> httpx.BaseTransport:
    """An httpx transport for one account; `allow_hosts` are `host` or `host:port` entries of its hub.toml."""
    return _GuardedTransport(frozenset(allow_hosts))


def is_allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Whether hub.toml names this host, with or without its port."""
    return host in allowed or f"{host}:{port}" in allowed


def judged_address(host: str, port: int, allowed: frozenset[str]) -> str:
    """Where to connect to for this host: itself where hub.toml names it, else a public address of it.

    Raises ConfigError for one that resolves to a private address, and OSError where nobody knows the name.
    """
    return host if is_allowed(host, port, allowed) else _public_address(host, port)


class _GuardedTransport(httpx.HTTPTransport):
    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False)
        self._allowed = allowed
        self._pool.close()
        self._pool = httpcore.ConnectionPool(  # httpx takes no network backend from outside
            max_connections=8,  # and its own verifying TLS context, made when the first https address is met
            network_backend=_GuardedBackend(allowed),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.scheme != "https" and not is_allowed(url.host, port, self._allowed):
            raise ConfigError(f"{url.host}: plain http is refused; use https, or name the host in allow_hosts of the channel")
        return super().handle_request(request)


class _GuardedBackend(httpcore.SyncBackend):
    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            address = judged_address(host, port, self._allowed)
        except socket.gaierror as error:
            raise httpcore.ConnectError(str(error)) from error
        return super().connect_tcp(address, port, timeout, local_address, socket_options)


def _public_address(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    for address in addresses:
        if not _is_public(address):
            raise ConfigError(f"{host}: resolves to a private address; name the host in allow_hosts of the channel if that is meant")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_global and not parsed.is_multicast

"""How WooCommerce reads a request's parameters, and how it refuses one."""

from typing import Final
from urllib.parse import urlencode

from sandbox.exchange import JSON_HEADERS, answer_json
from sandbox.shelf import FOREVER
from sandbox.woocommerce.words import SITE

MOST_PER_PAGE: Final = 100


class RefusedError(Exception):
    """A request the shop refuses, with WordPress's code, words and status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": {"status": status}}
        self.answer = answer_json(self.error, status)


def no_route() -> RefusedError:
    """Gives the refusal of an address or method nobody answers."""
    return RefusedError("rest_no_route", "No route was found matching the URL and request method.", 404)


def invalid(name: str) -> RefusedError:
    """Gives the refusal of a parameter."""
    return RefusedError("rest_invalid_param", f"Invalid parameter(s): {name}", 400)


def number(given: dict[str, str], name: str, default: int, *, least: int = 1, most: int = FOREVER) -> int:
    """Gives a whole number parameter. Raises RefusedError where it is none or out of bounds."""
    text = given.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise invalid(name)
    return int(text)


def ids(given: dict[str, str], name: str) -> frozenset[str]:
    """Gives a list of ids."""
    return frozenset(given.get(name, "").split(",")) - {""}


def list_headers(path: str, given: dict[str, str], page: int, pages: int, rows: int) -> dict[str, str]:
    """Gives the headers of a listing: how many rows and pages there are, and links to its neighbours."""

    def link(to: int, relation: str) -> str:
        return f'<{SITE}/wp-json/wc/v3/{path}?{urlencode({**given, "page": str(to)})}>; rel="{relation}"'

    links = [link(page - 1, "prev")] * (page > 1) + [link(page + 1, "next")] * (page < pages)
    counted = {"X-WP-Total": str(rows), "X-WP-TotalPages": str(pages), "Allow": "GET, POST"}
    return {**JSON_HEADERS, **counted, **({"Link": ", ".join(links)} if links else {})}

"""How Shopify refuses a document as a whole: HTTP 200 with `errors`."""

from typing import Final

from sandbox.exchange import Tree

MOST: Final = 250


class RefusedError(Exception):
    """A query the shop refuses as a whole: HTTP 200 with `errors`."""

    def __init__(self, message: str, extensions: Tree | None = None, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        error: Tree = {"message": message, "locations": [{"line": 1, "column": 1}]}
        self.error = {**error, "path": list(path), "extensions": extensions or {}}


class ThrottledError(RefusedError):
    """A query the shop's bucket does not hold enough points for."""

    def __init__(self, cost: Tree) -> None:
        super().__init__("Throttled", {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"})
        self.cost = cost


def page_size(given: Tree, alias: str) -> int:
    """Gives how many nodes are asked for. Raises RefusedError beyond the vendor's limit."""
    size = given.get("first")
    if not isinstance(size, int) or not 0 < size <= MOST:
        raise RefusedError("you must provide `first` between 1 and 250 (the street does not page backwards)",
                           {"code": "BAD_REQUEST"}, (alias,))  # fmt: skip
    return size

"""Answers a shop, its proxy or the network gives instead of what was asked."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sandbox.exchange import Answer, Tree, answer_json, dumps, http_date

Refusal = Callable[[random.Random, str, datetime], Answer]
HTML: Final = {"content-type": "text/html; charset=utf-8"}
REASONS: Final = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
COST: Final[Tree] = {
    "requestedQueryCost": 120,
    "actualQueryCost": None,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 12, "restoreRate": 100.0},
}


def limited(endpoint: str, retry_after: str) -> Answer:
    """Gives a 429 in the vendor's words."""
    body: Tree = {"code": "too_many_requests", "message": "Too many requests.", "data": {"status": 429}}
    if endpoint.startswith("square"):
        detail = "The number of requests exceeds the limit."
        body = {"errors": [{"category": "RATE_LIMIT_ERROR", "code": "RATE_LIMITED", "detail": detail}]}
    if endpoint.startswith("shopify"):
        body = {"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}
    if endpoint.startswith("shipbob"):
        body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {retry_after} seconds."}
        return answer_json(body, 429, {"x-retry-after": retry_after, "x-remaining-calls": "0"})
    if endpoint.startswith("shipstation"):
        return answer_json({"message": "Too Many Requests"}, 429, {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": retry_after})
    if endpoint.startswith("easypost"):
        body = {"error": {"code": "RATE_LIMITED", "message": "You have exceeded the rate limit.", "errors": []}}
    return answer_json(body, 429, {"Retry-After": retry_after})


def rate_limited_seconds(throw: random.Random, endpoint: str, _now: datetime) -> Answer:
    """Gives a 429 with Retry-After in seconds (0 or 1)."""
    return limited(endpoint, str(throw.randrange(2)))


def rate_limited_date(throw: random.Random, endpoint: str, now: datetime) -> Answer:
    """Gives a 429 with Retry-After as an HTTP date, a second away at most."""
    return limited(endpoint, http_date(now + timedelta(seconds=throw.randrange(2))))


def rate_limited_garbage(throw: random.Random, endpoint: str, _now: datetime) -> Answer:
    """Gives a 429 with a Retry-After that means nothing."""
    return limited(endpoint, throw.choice(("soon", "-5", "", "1,5", "NaN", "9" * 40)))


def _broken(status: int) -> Refusal:
    def refusal(throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
        reason = REASONS[status]
        if throw.randrange(2):
            return answer_json({"errors": reason}, status)
        page = f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
        return Answer(status, HTML, page.encode())

    return refusal


status_500, status_502, status_503, status_504 = (_broken(status) for status in REASONS)


def connection_refused(_throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
    """Refuses the connection (over a real socket: closes it without an answer)."""
    return Answer(0, {}, b"", "refuse")


def connection_reset(_throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
    """Takes the request and closes without an answer."""
    return Answer(0, {}, b"", "reset")


def read_timeout(_throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
    """Takes the request and falls silent."""
    return Answer(0, {}, b"", "stall")


def graphql_errors(throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
    """Gives HTTP 200 with GraphQL errors, sometimes beside half of the data."""
    failure: Tree = {"message": "Internal error. Looks like something went wrong on our end.",
                     "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": f"street-{throw.randrange(10**9)}"}}  # fmt: skip
    body: Tree = {"errors": [failure]}
    if throw.randrange(2):
        body |= {"data": {"orders": None}}
    return answer_json(body)


def throttled(_throw: random.Random, _endpoint: str, _now: datetime) -> Answer:
    """Gives HTTP 200 whose first error says THROTTLED, with the state of the bucket."""
    error: Tree = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev"}}
    return Answer(200, {"content-type": "application/json; charset=utf-8"}, dumps({"errors": [error], "extensions": {"cost": COST}}))

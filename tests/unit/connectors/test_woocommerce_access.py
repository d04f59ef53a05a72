"""WooCommerce is asked as the shop wants to be asked, and says who it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.oauth import OneLegged
from model.errors import AuthError, ConfigError, ContractError, TransientError

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
SETTINGS: dict[str, object] = {"url": "https://shop.example.com", "consumer_key": "ck", "consumer_secret": "cs"}
DATE = {"Date": "Sun, 01 Mar 2026 10:00:00 GMT"}


def shop_connector(answering: Callable[[httpx.Request], httpx.Response], **settings: object) -> WooCommerce:
    found = connect("woocommerce", {**SETTINGS, **settings}, Wiring(httpx.MockTransport(answering), Pause(lambda _: None, lambda: 0)))
    assert isinstance(found, WooCommerce)
    return found


def test_the_shop_is_known_by_its_home_address_and_clock() -> None:
    status = {"environment": {"home_url": "https://Shop.example.com/", "version": "9.3.1"}}
    connector = shop_connector(lambda _: httpx.Response(200, json=status, headers=DATE))

    identity = connector.identify()

    assert (identity.fingerprint, identity.title) == ("shop.example.com", "Shop.example.com")
    assert identity.now == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_shop_without_home_url_is_known_by_its_site_url() -> None:
    status = {"environment": {"site_url": "http://shop.example.com/wp"}}

    assert shop_connector(lambda _: httpx.Response(200, json=status, headers=DATE)).identify().fingerprint == "shop.example.com/wp"


def test_a_status_that_is_no_status_is_asked_for_again_and_then_left() -> None:
    with pytest.raises(TransientError, match=r"^system_status: the answer is not readable"):
        shop_connector(lambda _: httpx.Response(200, html="<p>Welcome</p>", headers=DATE)).identify()


def test_a_shop_that_tells_no_time_cannot_be_read() -> None:
    with pytest.raises(ContractError, match="has no Date header"):
        shop_connector(lambda _: httpx.Response(200, json={"environment": {"home_url": "https://a.example"}})).identify()


def test_a_refused_key_is_an_auth_error() -> None:
    with pytest.raises(AuthError, match="credentials refused"):
        shop_connector(lambda _: httpx.Response(401, json={"code": "woocommerce_rest_cannot_view"})).identify()


@pytest.mark.parametrize(
    ("url", "http_auth", "is_signed"),
    [("https://shop.example.com", "oauth", False), ("http://127.0.0.1:1/woo", "oauth", True), ("http://127.0.0.1:1/woo", "basic", False)],
)
def test_oauth_is_for_plain_http_and_basic_for_the_rest(url: str, http_auth: str, *, is_signed: bool) -> None:
    seen: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[], headers={"X-WP-Total": "0"})

    shop_connector(answering, url=url, http_auth=http_auth).count_orders(WINDOW)

    assert ("oauth_signature" in seen[0].url.params, "authorization" in seen[0].headers) == (is_signed, not is_signed)
    assert seen[0].url.path.endswith("/wp-json/wc/v3/orders")


def test_an_oauth_signature_is_the_one_openssl_computes() -> None:
    auth = OneLegged("ck_test", "cs_test", now=lambda: 1772323200, nonce=lambda: "abc123")
    query = {"status": "any", "modified_after": "2026-03-01T00:00:00"}

    signed = next(auth.auth_flow(httpx.Request("GET", "http://127.0.0.1:8080/woo/wp-json/wc/v3/orders", params=query)))

    # printf %s "$BASE" | openssl dgst -sha256 -hmac 'cs_test&' -binary | base64, with BASE written out by hand after RFC 5849 §3.4.1
    assert signed.url.params["oauth_signature"] == "PNZ5seDv9LuSoulIPT12ccHf/Mye9WPduE78TcuVMLE="
    assert signed.url.params["modified_after"] == "2026-03-01T00:00:00"


def test_a_request_that_is_sent_again_is_signed_anew() -> None:
    nonces = count(1)
    auth = OneLegged("ck", "cs", now=lambda: 1772323200, nonce=lambda: str(next(nonces)))
    request = httpx.Request("GET", "http://127.0.0.1/orders")

    first = next(auth.auth_flow(request)).url.params
    second = next(auth.auth_flow(request)).url.params

    assert (first["oauth_nonce"], second["oauth_nonce"]) == ("1", "2")
    assert first["oauth_signature"] != second["oauth_signature"]
    assert len(second.multi_items()) == 5


@pytest.mark.parametrize("wrong", [{"page_size": 500}, {"url": "shop"}, {"http_auth": "digest"}, {"shop": "x"}])
def test_a_wrong_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=rf"^settings: {next(iter(wrong))}"):
        shop_connector(lambda _: httpx.Response(200), **wrong)

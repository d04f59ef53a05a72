"""Shapes of Taobao's trades and refunds, the fields we use. Ids are numbers, or text where JSON readers would round them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors._kit import Payload

Yuan = Annotated[str, Field(max_length=40)]
"""An amount in yuan as text; `model.values` turns it into integers and refuses what is no number."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number; `true` is none."""


def _as_text(told: object) -> object:
    return str(told) if type(told) is int and 0 < told < 2**63 else told


Id = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"\A[0-9]{1,24}\z")]
"""An id as text, whichever way it is written."""
RefundId = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"\A[0-9A-Za-z_-]{1,64}\z")]


class SubOrder(Payload):
    """An entry of `orders`: one listing in the trade, with its own state, refund and parcel.

    `total_fee` is price times quantity, what the seller added by hand, less the line's own discount; `part_mjz_discount` its share of the
    trade's discounts.
    """

    oid: Id
    num: Annotated[int, Field(strict=True, gt=0, lt=10**9)]
    total_fee: Yuan
    status: str
    title: str | None = None
    price: Yuan | None = None
    discount_fee: Yuan | None = None
    part_mjz_discount: Yuan | None = None
    divide_order_fee: Yuan | None = None
    tax_free: bool | None = None
    num_iid: Id | None = None
    sku_id: str | Whole | None = None
    outer_iid: str | None = None
    outer_sku_id: str | None = None
    sku_properties_name: str | None = None
    refund_status: str | None = None
    consign_time: str | None = None
    shipping_type: str | None = None
    logistics_company: str | None = None
    invoice_no: str | None = None


class ServiceOrder(Payload):
    """An entry of `service_orders`: a warranty or an assembly that was bought with a listing."""

    oid: Id
    num: Annotated[int, Field(strict=True, gt=0, lt=10**9)] = 1
    payment: Yuan | None = None
    title: str | None = None
    price: Yuan | None = None


class Promotion(Payload):
    """An entry of `promotion_details`; `id` is the trade's, or that of one line, and `discount_fee` is empty where nothing is taken off."""

    id: Id | None = None
    promotion_name: str | None = None
    discount_fee: Yuan | None = None


class SubOrders(Payload):
    """How TOP writes a list."""

    order: list[SubOrder] = Field(min_length=1)


class ServiceOrders(Payload):
    """The same of services."""

    service_order: list[ServiceOrder] = Field(default_factory=list[ServiceOrder])


class Promotions(Payload):
    """The same of promotions."""

    promotion_detail: list[Promotion] = Field(default_factory=list[Promotion])


class TradePayload(Payload):
    """`trade` of taobao.trade.fullinfo.get."""

    tid: Id
    status: str
    created: str
    modified: str
    orders: SubOrders
    type: str | None = None
    payment: Yuan | None = None
    post_fee: Yuan | None = None
    discount_fee: Yuan | None = None
    buyer_cod_fee: Yuan | None = None
    order_tax_fee: Yuan | None = None
    pay_time: str | None = None
    end_time: str | None = None
    consign_time: str | None = None
    alipay_no: str | None = None
    step_trade_status: str | None = None
    step_paid_fee: Yuan | None = None
    shipping_type: str | None = None
    buyer_nick: str | None = None
    buyer_open_uid: str | None = None
    buyer_message: str | None = None
    trade_from: str | None = None
    seller_flag: Whole | None = None
    oaid: str | None = None
    receiver_name: str | None = None
    receiver_country: str | None = None
    receiver_state: str | None = None
    receiver_city: str | None = None
    receiver_district: str | None = None
    receiver_town: str | None = None
    receiver_address: str | None = None
    receiver_zip: str | None = None
    receiver_mobile: str | None = None
    receiver_phone: str | None = None
    top_hold: Whole | None = None
    team_buy_hold: Whole | None = None
    share_group_hold: Whole | None = None
    ofp_hold: Whole | None = None
    rx_audit_status: str | None = None
    promotion_details: Promotions | None = None
    service_orders: ServiceOrders | None = None


class Refused(Payload):
    """In place of a trade that was listed and is not shown; of our own making."""

    tid: Id
    refused: str | None = Field(default=None, pattern=r"\A[A-Za-z0-9_.:-]{1,80}\z")


class RefundPayload(Payload):
    """An entry of `refunds` of taobao.refunds.receive.get: what is given back for one line."""

    refund_id: RefundId
    tid: Id
    oid: Id
    status: str
    created: str
    modified: str
    refund_fee: Yuan
    num: Annotated[int, Field(strict=True, ge=0, lt=10**9)] | None = None
    good_status: str | None = None
    has_good_return: bool | None = None
    reason: str | None = None

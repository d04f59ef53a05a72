"""What Amazon's words mean. They are compared without blanks, hyphens and capitals, as Amazon itself is not of one mind about these."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from model.records.settlement import FeeKind, LineKind

_BETWEEN = re.compile(r"[^a-z0-9]+")


class Meaning(NamedTuple):
    """What an amount on a line of its own is; a fee says of which kind."""

    kind: LineKind
    fee: FeeKind | None = None


def bare(word: str) -> str:
    """A word as the tables below write it."""
    return _BETWEEN.sub("", word.casefold())


def _fees(kind: FeeKind, words: str) -> dict[str, Meaning]:
    return dict.fromkeys(words.split(), Meaning("fee", kind))


def _lines(kind: LineKind, words: str) -> dict[str, Meaning]:
    return dict.fromkeys(words.split(), Meaning(kind))


OF_ORDERS: Final[Mapping[str, LineKind]] = {
    "order": "charge",
    "refund": "refund",
    "chargebackrefund": "dispute",
    "chargeback": "dispute",
    "atozguaranteerefund": "dispute",
    "atozguaranteeclaim": "dispute",
    "chargebackrecovery": "dispute_won",
    "atozguaranteerecovery": "dispute_won",
    "orderretrocharge": "adjustment",
    "refundretrocharge": "adjustment",
    "retrocharge": "adjustment",
    "buyerrecharge": "adjustment",
}
"""Transaction types whose amounts belong together, an order's or a refund's."""

PRICES: Final = frozenset({"itemprice", "promotion", "itemtax", "shipmentprice", "orderprice"})
"""Amount types that are what the buyer pays, or is given back."""
FEES: Final = frozenset({"itemfees", "shipmentfees", "orderfees", "miscfees", "otherfees", "fees"})
WITHHELD: Final = frozenset({"itemwithheldtax", "withheldtax", "itemtcs", "itemtds"})
"""Amount types that are tax which Amazon collects from the buyer and pays to the state."""

FEE_KINDS: Final[Mapping[str, FeeKind]] = {
    **dict.fromkeys(
        ("commission", "fixedclosingfee", "variableclosingfee", "closingfee", "shippinghb", "giftwrapcommission", "perunitsellingfee",
         "referralfee", "minimumreferralfee"), "commission",
    ),
    **dict.fromkeys(
        ("fbaperunitfulfillmentfee", "fbaperorderfulfillmentfee", "fbaweightbasedfee", "fbapickandpackfee", "fbaweighthandlingfee",
         "fbatransportationfee", "fbaorderhandlingfee", "fbacustomerreturnperunitfee", "fbacustomerreturnperorderfee",
         "fbacustomerreturnweightbasedfee", "shippingchargeback", "giftwrapchargeback", "technologyfee", "fbaheavyandbulkyfee"),
        "fulfilment",
    ),
    **dict.fromkeys(("storagefee", "fbastoragefee", "fbalongtermstoragefee", "longtermstoragefee"), "storage"),
    **dict.fromkeys(("salestaxcollectionfee", "taxonfees", "fbafeetax", "commissiontax"), "tax"),
    **dict.fromkeys(("refundcommission", "refundadministrationfee"), "refund"),
    **dict.fromkeys(("couponredemptionfee", "promotionfee"), "advertising"),
    **dict.fromkeys(("codchargeback", "paymentprocessingfee", "codfee", "paymentmethodfee"), "processing"),
}  # fmt: skip
"""Kinds of fee within an order; any other word is a fee of kind other."""

DESCRIPTIONS: Final[Mapping[str, Meaning]] = {
    **_lines("reserve_held", "currentreserveamount reservedebit"),
    **_lines("reserve_released", "previousreserveamountbalance reservecredit"),
    **_lines("carried", "payabletoamazon transferoffundsunsuccessful previousbalance beginningbalance"),
    **_lines("top_up", "successfulcharge debtpayment"),
    **_lines("loan", "lendingrepayment loanrepayment amazoncapitalservices loanservicing loandisbursement"),
    **_lines("tax_withheld", "incometaxwithholding backupwithholding taxwithholding tdssection194o tcscgst tcssgst tcsigst"),
    **_lines(
        "adjustment",
        "balanceadjustment safetreimbursement reversalreimbursement compensatedclawback warehousedamage warehouselost "
        "warehousedamageexception missingfrominbound missingfrominboundclawback inboundcarrierdamage freereplacementrefunditems "
        "nonsubscriptionfeeadjustment manualprocessingfeereimbursement incorrectfeesitems removalorderlost removalorderdamaged "
        "miscadjustment otherconcession microdeposit",
    ),
    **_fees("subscription", "subscriptionfee premiumservicesfee paidservicesfee"),
    **_fees("storage", "storagefee fbastoragefee fbalongtermstoragefee longtermstoragefee awdstoragefee storagerenewalbilling"),
    **_fees(
        "fulfilment",
        "shippinglabelpurchase shippinglabelpurchaseforreturn shippingservices shippinglabel adjustmenttoshippinglabelpurchase "
        "returnpostagebillingpostage carriershippinglabeladjustments fbaremovalorderreturnfee fbaremovalorderdisposalfee removalcomplete "
        "disposalcomplete fbainboundtransportationfee fbainboundtransportationprogramfee fbaamazonpartneredcarriershipmentfee "
        "inboundtransportationfee fbainternationalinboundfreightfee fbainboundplacementservicefee fbainbounddefectfee fbaprepfee "
        "fbainboundconveniencefee labelingfee",
    ),
    **_fees("advertising", "costofadvertising couponparticipationfee couponperformancefee couponredemptionfee lightningdealfee "
            "dealparticipationfee dealperformancefee vineenrollmentfee earlyreviewerprogramfee"),
    **_fees("other", "highvolumelistingfee amazonexclusivesfee transparencyfee imagingservicesfee"),
}  # fmt: skip

AMOUNT_TYPES: Final[Mapping[str, Meaning]] = {
    **_fees("advertising", "costofadvertising couponredemptionfee lightningdealfee coupons dealfee productadspayment"),
    **_lines("adjustment", "fbainventoryreimbursement manualprocessingfeereimbursement"),
    **_lines("tax_withheld", "itemwithheldtax withheldtax itemtcs itemtds"),
    **_lines("loan", "amazonlending lending"),
    **_fees("other", "itemfees shipmentfees orderfees miscfees otherfees fees"),
}

TRANSACTIONS: Final[Mapping[str, Meaning]] = {
    **DESCRIPTIONS,
    **_fees("other", "servicefee"),
    **_lines("adjustment", "adjustment debtadjustment"),
}


def meaning_of(transaction: str, amount_type: str, description: str) -> Meaning:
    """What an amount on a line of its own is: told by its description, else by its type, else by its transaction; else unknown."""
    if bare(amount_type) in FEES and bare(description) in FEE_KINDS:
        return Meaning("fee", FEE_KINDS[bare(description)])
    for word, table in ((description, DESCRIPTIONS), (amount_type, AMOUNT_TYPES), (transaction, TRANSACTIONS)):
        if found := table.get(bare(word)):
            return found
    return Meaning("unknown")

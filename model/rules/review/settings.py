"""The settings of the review: one table per rule, in rules/review.toml under the rule's name. What stands here holds without the file."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from model.records.order import PaymentState
from model.rules.review.facts import CustomerType
from model.rules.review.places import NEEDED, PLAIN, WHOLE_COUNTRY, AddressField, plain_postcode
from model.values.money import EXPONENTS, rounded_minor_units


def _country(code: str) -> str:
    if len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):  # noqa: PLR2004  ISO 3166-1 alpha-2
        raise ValueError("is not a country; write its two capitals, like DE")
    return code


def _currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("is not an ISO 4217 currency; write one like EUR")
    return code


def _prefix(text: str) -> str:
    if text != WHOLE_COUNTRY and not plain_postcode(text):
        raise ValueError('is not the beginning of a postcode; write one like "185", or "*" for the whole country')
    return text


Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Amount = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=3)]
Word = Annotated[str, Field(min_length=1)]
AddressFields = Annotated[tuple[AddressField, ...], Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RuleSettings(_Table):
    """What every rule can be told."""

    is_active: bool = True
    """`false` switches the rule off."""
    except_channels: tuple[str, ...] = ()
    """Channels whose orders the rule leaves alone."""
    except_customers: tuple[CustomerType, ...] = ()
    """Types of customers whose orders the rule leaves alone."""


class IncompleteAddress(RuleSettings):
    """Which fields an address needs. Only for orders with goods to send."""

    fields: AddressFields = PLAIN
    """Fields needed in countries that have no list of their own, neither in `countries` nor built in."""
    countries: Mapping[Country, AddressFields] = {}
    """Fields needed per country, in place of the built-in list."""
    house_number_in: tuple[Country, ...] = ("AT", "DE", "NL")
    """Countries where a street without any digit is incomplete."""

    def fields_for(self, country: str | None) -> tuple[AddressField, ...]:
        """The fields that an address in this country needs."""
        return self.fields if country is None else self.countries.get(country) or NEEDED.get(country, self.fields)


class InvalidContact(RuleSettings):
    """How the buyer or the receiver can be asked something. Only for orders with goods to send."""

    needs: Literal["either", "email", "phone", "both"] = "either"
    """What has to be there and well formed."""
    least_digits: Annotated[int, Field(ge=3, le=15)] = 7
    """A telephone number with fewer digits is none."""


class PriceDisagrees(RuleSettings):
    """How far a line may be from the price list: the larger of both tolerances counts."""

    tolerance_minor: Annotated[int, Field(ge=0)] = 1
    """Minor units per line."""
    tolerance_permille: Annotated[int, Field(ge=0, le=1000)] = 5
    """Thousandths of what the line should cost."""
    counts_discounts: bool = False
    """`true` compares what is left after the line's own discount; `false` what it was before."""


class AmountTooHigh(RuleSettings):
    """The highest total that passes by itself."""

    limits: Mapping[Currency, Amount] = {}
    """Per currency, in its major unit: `EUR = 5000`, or `EUR = 5000.50`."""

    def limit_minor(self, currency: str) -> int | None:
        """The limit of a currency in minor units; None where it has none."""
        return rounded_minor_units(self.limits[currency], currency) if currency in self.limits else None


class RegionSettings(RuleSettings):
    """Countries and beginnings of postcodes. Only for orders with goods to send."""

    places: Mapping[Country, Annotated[tuple[Prefix, ...], Field(min_length=1)]] = {}
    """Beginnings of postcodes per country; `"*"` means the whole country."""


class PaymentUnverified(RuleSettings):
    """When an order counts as paid. Customers with terms and orders of nothing need not pay before."""

    accepts: Annotated[tuple[PaymentState, ...], Field(min_length=1)] = ("authorized", "paid", "part_refunded")
    """States of payment that pass."""
    needs_payments: bool = False
    """`true` also wants payments in the store that cover the total; for channels whose payments are all read."""


class StockShort(RuleSettings):
    """What happens to an order that stock does not suffice for."""

    then: Literal["hold", "backorder"] = "backorder"
    """`backorder` approves it and lets the missing quantity wait for stock."""


class PossibleDuplicates(RuleSettings):
    """When two orders look like one given twice: of one buyer, total and goods, or of one number on two channels."""

    within_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 24
    """Orders placed further apart are no duplicates."""
    same_channel: bool = False
    """`true` also compares orders of one and the same channel."""
    number_within_days: Annotated[int, Field(ge=1, le=90)] = 30
    """Orders of two channels with the same number, as a purchase order by mail and by EDI, are compared so far apart."""


class DoubtfulField(RuleSettings):
    """How sure each field of an order that came by mail must be."""

    least_percent: Annotated[int, Field(ge=0, le=100)] = 90
    """A field that is less sure than this holds the order."""


class Urgent(_Table):
    """What makes an order urgent; any one is enough. Capitals do not matter."""

    tags: tuple[Word, ...] = ("urgent", "rush")
    """The order has this tag."""
    shipping_titles: tuple[Word, ...] = ("express", "overnight", "next day", "same day")
    """Its way of shipping has this in its title."""
    source_names: tuple[Word, ...] = ()
    """It arose there."""


class ReviewRules(_Table):
    """All settings of the review. Each rule's field has the rule's name."""

    version: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Your own name for this version of the rules; it is shown beside decisions."""
    collected: tuple[Word, ...] = ("local pickup", "store pickup")
    """Words in the title of a way of shipping that mean: the buyer comes and gets it, no address needed."""
    unmapped_line: RuleSettings = RuleSettings()
    incomplete_address: IncompleteAddress = IncompleteAddress()
    invalid_contact: InvalidContact = InvalidContact()
    amount_disagrees: RuleSettings = RuleSettings()
    price_disagrees: PriceDisagrees = PriceDisagrees()
    amount_too_high: AmountTooHigh = AmountTooHigh()
    remote_region: RegionSettings = RegionSettings()
    refused_region: RegionSettings = RegionSettings()
    payment_unverified: PaymentUnverified = PaymentUnverified()
    stock_short: StockShort = StockShort()
    credit_exceeded: RuleSettings = RuleSettings()
    possible_duplicate: PossibleDuplicates = PossibleDuplicates()
    customer_on_hold: RuleSettings = RuleSettings()
    doubtful_field: DoubtfulField = DoubtfulField()
    urgent: Urgent = Urgent()

    def of_rules(self) -> Iterator[tuple[str, RuleSettings]]:
        """Each rule's name and settings, in the order in which they are judged."""
        return ((name, table) for name, table in self if isinstance(table, RuleSettings))

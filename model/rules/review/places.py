"""Where an order goes: which fields an address needs, whether it has them, and whether it lies where settings say so."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from model.records.order import Party

AddressField = Literal["name", "street", "city", "region", "postcode", "country", "phone"]

WHOLE_COUNTRY = "*"
"""Stands for every postcode of a country, and for addresses without one."""

PLAIN: tuple[AddressField, ...] = ("name", "street", "city", "country")
_WITH_POSTCODE: tuple[AddressField, ...] = (*PLAIN, "postcode")
_WITH_REGION: tuple[AddressField, ...] = (*_WITH_POSTCODE, "region")
_WITHOUT_CITY: tuple[AddressField, ...] = ("name", "street", "country")

_POSTCODE_COUNTRIES = (
    "AT AX BE CH CZ DE DK EE ES FI FR GB GF GG GL GP GR HU IM IT JE KR LI LT LU LV MQ MY NC NL NO NZ PL PM PR PT RE RO RU SE SJ SK TR TW "
    "UA YT ZA"
)
_REGION_COUNTRIES = "AU BR CA CN IN MX US"
_CITYLESS_COUNTRIES = "AE GI HK KY MO"

NEEDED: Mapping[str, tuple[AddressField, ...]] = {
    **dict.fromkeys(_POSTCODE_COUNTRIES.split(), _WITH_POSTCODE),
    **dict.fromkeys(_REGION_COUNTRIES.split(), _WITH_REGION),
    **dict.fromkeys(_CITYLESS_COUNTRIES.split(), _WITHOUT_CITY),
    "JP": (*_WITHOUT_CITY, "region", "postcode"),
    "SG": (*_WITHOUT_CITY, "postcode"),
}
"""Fields without which a parcel does not arrive, in countries where these are others than `PLAIN`.

After the required fields of commerceguys/addressing, which follows Google's Address Validation Metadata. Provinces that these ask
for and parcels arrive without (Spain, Italy, Korea, Russia, Taiwan, Türkiye) are left out.
"""

_COUNTRY = re.compile(r"[A-Z]{2}")


def country_of(party: Party | None) -> str | None:
    """The ISO 3166 code of an address; None where there is none, or something else stands in its place."""
    code = party.country if party else None
    return code if code and _COUNTRY.fullmatch(code) else None


_FIELDS: Mapping[AddressField, Callable[[Party], str | None]] = {
    "name": lambda party: f"{party.name or ''} {party.company or ''}",
    "street": lambda party: " ".join(party.street),
    "city": lambda party: party.city,
    "region": lambda party: party.region,
    "postcode": lambda party: party.postcode,
    "country": country_of,
    "phone": lambda party: party.phone,
}


def missing_fields(party: Party, fields: Sequence[AddressField]) -> list[AddressField]:
    """The fields that are empty or hold no letter and no digit, like `-`."""
    return [field for field in fields if not _says_something(_FIELDS[field](party))]


def has_house_number(party: Party) -> bool:
    """Whether any line of the street has a digit."""
    return any(letter.isdigit() for part in party.street for letter in part)


def place_in(party: Party | None, places: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """The country and the first postcode prefix of `places` that an address lies in, or None."""
    country = country_of(party)
    if party is None or country is None:
        return None
    postcode = plain_postcode(party.postcode or "")
    prefixes = places.get(country, ())
    found = next((each for each in prefixes if each == WHOLE_COUNTRY or postcode.startswith(plain_postcode(each))), None)
    return None if found is None else (country, found)


def plain_postcode(text: str) -> str:
    """Capitals and digits only: `iv1 1aa` and `IV1-1AA` are one."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _says_something(text: str | None) -> bool:
    return any(letter.isalnum() for letter in text or "")

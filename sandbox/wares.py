"""What the street sells and to whom: tables of wares, names and places. All people, addresses and numbers are invented.

Mail addresses use the reserved example domains (RFC 2606); telephone numbers lie in ranges kept for fiction
(NANPA 555-01xx, Ofcom drama numbers), so nothing here can reach a person.
"""

from typing import Final, NamedTuple


class Ware(NamedTuple):
    """One thing for sale; `price` in cents of the euro, `unit` "kg" where it is sold by weight."""

    sku: str
    title: str
    variant: str
    price: int
    grams: int
    unit: str = ""
    kind: str = "goods"


class Place(NamedTuple):
    """A town a buyer lives in, with the reserved telephone range of its country."""

    street: str
    city: str
    region: str
    region_code: str
    postcode: str
    country: str
    country_name: str
    phone: str


WARES: Final = (
    Ware("MUG-STONE-BLU", "Stoneware mug", "Blue", 1490, 420),
    Ware("MUG-STONE-SND", "Stoneware mug", "Sand", 1490, 420),
    Ware("TEE-ORG-S-BLK", "Organic tee", "S / Black", 2495, 180),
    Ware("TEE-ORG-M-BLK", "Organic tee", "M / Black", 2495, 190),
    Ware("TEE-ORG-L-WHT", "Organic tee", "L / White", 2495, 200),
    Ware("LAMP-DESK-01", "Desk lamp “Fjörd”", "", 8900, 2100),
    Ware("NOTE-A5-DOT", "Notebook A5, dotted", "", 1250, 310),
    Ware("TEA-SENCHA-100", "煎茶 Sencha tea 100 g", "", 995, 130),
    Ware("OLIVE-OIL-500", "Olive oil “Ελιά” 500 ml", "", 1375, 900),
    Ware("SOAP-LAVENDER", "Savon à la lavande", "", 649, 110),
    Ware("CANDLE-SOY-4OZ", "Soy candle", "4 oz", 1900, 112),
    Ware("CANDLE-SOY-8OZ", "Soy candle", "8 oz", 3100, 226),
    Ware("BAG-TOTE-NAT", "Tote bag & pouch", "Natural", 1833, 140),
    Ware("POSTER-50X70", "Poster 50×70 cm", "Łódź", 2999, 250),
    Ware("SOCK-WOOL-42", "Wool socks", "42", 1117, 90),
    Ware("SCARF-MERINO", "Merino scarf", "Moss 🌿", 5450, 240),
    Ware("", "Gift wrapping", "", 350, 0, kind="service"),
    Ware("CHEESE-COMTE", "Comté, 18 months", "", 3290, 1000, "kg"),
    Ware("COFFEE-BULK", "Coffee beans, loose", "", 2780, 1000, "kg"),
    Ware("KNIFE-PARING", "Paring knife", "9 cm", 2210, 85),
    Ware("SET-TEA-MUG", "Tea for one: mug and tea", "", 3290, 680, kind="bundle"),
    Ware("EBOOK-CARE", "Care guide (PDF)", "", 700, 0, kind="service"),
    Ware("GIFT-25", "Gift card 25", "", 2500, 0, kind="gift_card"),
    Ware("", "Sample box", "", 490, 60),
    Ware("TEE-ORG-M-BLK", "Organic tee, last season", "M / Black", 1495, 190),
    Ware("JAR-HONEY-250", "Heather honey", "250 g", 1150, 420),
)
WRAPPING: Final = 16
BY_WEIGHT: Final = (17, 18)
KNIFE, BUNDLE, LAST_SEASON, HONEY = 19, 20, 24, 25

FIRST_NAMES: Final = (
    "Ada", "Bjørn", "Chloë", "Dmitri", "Eun-ji", "Fatima", "Grace", "Håkan", "Inés", "José", "Katarzyna", "Łukasz",
    "Mireille", "Nguyễn", "Olu", "Priya", "Quentin", "Renée", "Søren", "太郎", "Ursula", "Václav", "Wei", "Zoë",
)  # fmt: skip
LAST_NAMES: Final = (
    "Andersson", "Brontë", "Córdoba", "D’Arcy", "Ekström", "Fischer", "García Márquez", "Hopper", "Ivanova", "Jansen",
    "Kowalski", "Lovelace", "Müller", "Nakamura", "O'Neill", "Petrov", "Quist", "Rossi", "Šimić", "山田", "Ustinov",
    "van der Berg", "Wójcik", "Yılmaz",
)  # fmt: skip
MAIL_DOMAINS: Final = ("example.com", "example.org", "example.net", "mail.example")

PLACES: Final = (
    Place("Torstraße 12", "Berlin", "", "", "10119", "DE", "Germany", "+1 202-555-01"),
    Place("Rue des Écoles 7", "Lyon", "", "", "69002", "FR", "France", "+1 202-555-01"),
    Place("Prinsengracht 301 B", "Amsterdam", "", "", "1016 GZ", "NL", "Netherlands", "+1 202-555-01"),
    Place("44 Mill Lane", "Leeds", "England", "ENG", "LS1 4DY", "GB", "United Kingdom", "+44 113 496 00"),
    Place("9 Harbour Walk", "Bristol", "England", "ENG", "BS1 5DB", "GB", "United Kingdom", "+44 117 496 00"),
    Place("1200 Elm Street, Apt 4", "Austin", "Texas", "TX", "78701", "US", "United States", "+1 512-555-01"),
    Place("86 Bay Avenue", "Portland", "Oregon", "OR", "97205", "US", "United States", "+1 503-555-01"),
    Place("ul. Długa 3/5", "Kraków", "", "", "31-147", "PL", "Poland", "+1 202-555-01"),
    Place("2-14-5 Jingumae", "Shibuya-ku", "Tōkyō", "JP-13", "150-0001", "JP", "Japan", "+1 202-555-01"),
    Place("Block 3, Street 22", "Salmiya", "", "", "22001", "KW", "Kuwait", "+1 202-555-01"),
)
NOTES: Final = (
    "", "", "", "", "Please leave with the neighbour at no. 9.", "Gift – no invoice in the parcel, thank you!",
    "Ring twice\nthe bell is broken", "配達は午前中にお願いします",
)  # fmt: skip

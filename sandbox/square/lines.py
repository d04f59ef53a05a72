"""Lines, taxes, discounts and charges of an order in Square's words, as sold and as returned."""

from typing import Final

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.square.ids import CATALOG_VERSION, variation_id
from sandbox.square.words import money, quantity_text, token
from sandbox.story import PlanLine
from sandbox.sums import Part, Sums

KILOGRAMS: Final[Tree] = {"measurement_unit": {"weight_unit": "METRIC_KILOGRAM", "type": "TYPE_WEIGHT"}, "precision": 3}


def uid(life: Life, *parts: object) -> str:
    """Gives the uid of a part inside an order."""
    return token(life.plan.seed, life.plan.number, *parts, length=22)


def line_total(part: Part, sums: Sums) -> int:
    """Gives what a line adds to the order's total."""
    return part.net + (0 if sums.inclusive else part.tax)


def line_items(life: Life, sums: Sums) -> list[Tree]:
    """Gives the order's line items."""
    return [
        {
            "uid": uid(life, "line", place),
            **_sold(line, life.quantities[place]),
            "gross_sales_money": money(sums.lines[place].gross),
            **_line_money(life, sums, place),
            "total_service_charge_money": money(0),
        }
        for place, line in enumerate(life.plan.lines)
    ]


def return_line_items(life: Life, back: Sums, quantities: tuple[int, ...]) -> list[Tree]:
    """Gives the lines that went back, each linked to the line it was sold as."""
    return [
        {
            "uid": uid(life, "return-line", place, *quantities),
            "source_line_item_uid": uid(life, "line", place),
            **_sold(line, quantities[place]),
            "variation_total_price_money": money(back.lines[place].gross),
            "gross_return_money": money(back.lines[place].gross),
            **_line_money(life, back, place),
        }
        for place, line in enumerate(life.plan.lines)
        if quantities[place]
    ]


def _sold(line: PlanLine, thousandths: int) -> Tree:
    ware = line.sold
    catalogued: Tree = {"catalog_object_id": variation_id(line.ware), "catalog_version": CATALOG_VERSION}
    return {
        **(catalogued if ware.sku else {}),
        "quantity": quantity_text(thousandths),
        "name": ware.title,
        **({"variation_name": ware.variant} if ware.variant else {}),
        **({"quantity_unit": KILOGRAMS} if ware.unit else {}),
        "item_type": "ITEM" if ware.sku else "CUSTOM_AMOUNT",
        "base_price_money": money(line.unit_price),
    }


def _line_money(life: Life, sums: Sums, place: int) -> Tree:
    part = sums.lines[place]
    taxes: Tree = {"applied_taxes": [
        {"uid": uid(life, "applied-tax", place, at), "tax_uid": uid(life, "tax", at), "applied_money": money(tax)}
        for at, tax in enumerate(part.taxes)]}  # fmt: skip
    discounts: Tree = {"applied_discounts": [
        {"uid": uid(life, "applied-cut", place), "discount_uid": uid(life, "cut"), "applied_money": money(part.discount)}
    ]}  # fmt: skip
    return {
        **(taxes if part.taxes else {}),
        **(discounts if part.discount else {}),
        "variation_total_price_money": money(part.gross),
        "total_tax_money": money(part.tax),
        "total_discount_money": money(part.discount),
        "total_money": money(line_total(part, sums)),
    }


def taxes(life: Life, sums: Sums, source: str = "") -> list[Tree]:
    """Gives the order's taxes; those of a return name their source by the field `source`."""
    by_rate = sums.taxes_by_rate(sums.parts)
    return [
        {
            "uid": uid(life, source or "tax", at),
            **({source: uid(life, "tax", at)} if source else {}),
            "name": rate.label,
            "percentage": f"{rate.basis_points / 100:g}",
            "type": "INCLUSIVE" if sums.inclusive else "ADDITIVE",
            "applied_money": money(by_rate[at]),
            "scope": "ORDER",
        }
        for at, rate in enumerate(life.plan.rates)
    ]


def discounts(life: Life, sums: Sums, source: str = "") -> list[Tree]:
    """Gives the order's discount; that of a return names its source by the field `source`."""
    cut, applied = life.plan.discount, sums_discount(sums)
    size: Tree = {"percentage": f"{cut.value / 100:g}", "type": "FIXED_PERCENTAGE"}
    if cut.kind != "percent":
        size = {"amount_money": money(cut.value), "type": "FIXED_AMOUNT"}
    discount: Tree = {
        "uid": uid(life, source or "cut"),
        **({source: uid(life, "cut")} if source else {}),
        "name": cut.code,
        **size,
        "applied_money": money(applied),
        "scope": "LINE_ITEM" if cut.kind == "line" else "ORDER",
    }
    return [discount] if applied else []


def service_charges(life: Life, sums: Sums, source: str = "") -> list[Tree]:
    """Gives the order's service charge, untaxed."""
    charge: Tree = {
        "uid": uid(life, source or "charge"),
        **({source: uid(life, "charge")} if source else {}),
        "name": "Gift packing",
        "amount_money": money(sums.fee.gross),
        "applied_money": money(sums.fee.gross),
        "total_money": money(sums.fee.gross),
        "total_tax_money": money(0),
        "calculation_phase": "SUBTOTAL_PHASE",
        "taxable": False,
        **({} if source else {"type": "CUSTOM"}),
    }
    return [charge] if sums.fee.gross else []


def sums_discount(sums: Sums) -> int:
    """Gives all discounts of the order."""
    return sum(line.discount for line in sums.lines)


def amounts(sums: Sums, sign: int = 1) -> Tree:
    """Gives OrderMoneyAmounts."""
    parts = {"total": sums.total, "tax": sums.tax, "discount": sums_discount(sums), "tip": sums.tip,
             "service_charge": sums.fee.gross}  # fmt: skip
    return {f"{name}_money": money(sign * amount) for name, amount in parts.items()}

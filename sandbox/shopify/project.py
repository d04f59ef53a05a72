"""Cuts a full tree down to what a query selects, as GraphQL execution does.

Trees on the shelf are complete. Two marks in them: `{"@": [...]}` is a connection, `{"@ref": [path]}` stands for another
place of the same order (a refund's line item is the order's line item).
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from sandbox.exchange import Tree, list_of, tree_of
from sandbox.shopify.graphql import Directive, Field, Inline, Selection, Spread, Value, Variable

CONNECTION: Final = "@"
REFERENCE: Final = "@ref"
# an interface or union a fragment may name, and the types that are one
KINDS: Final = {
    "DiscountApplication": frozenset({"DiscountCodeApplication", "ManualDiscountApplication", "AutomaticDiscountApplication"}),
    "ReturnLineItemType": frozenset({"ReturnLineItem", "UnverifiedReturnLineItem"}),
    "PricingValue": frozenset({"MoneyV2", "PricingPercentageValue"}),
    "PaymentDetails": frozenset({"CardPaymentDetails"}),
    "BasePaymentDetails": frozenset({"CardPaymentDetails"}),
}


def _named(value: object, given: Mapping[str, object]) -> object:
    """Gives the quantities of a level in the order their names were asked."""
    by_name = {tree_of(one)["name"]: one for one in list_of(value)}
    return [by_name[name] for name in list_of(given.get("names")) if name in by_name]


def _at_location(value: object, given: Mapping[str, object]) -> object:
    """Gives the level, null where it is another location's."""
    return value if tree_of(tree_of(value).get("location")).get("id") == given.get("locationId") else None


def _of_names(value: object, given: Mapping[str, object]) -> object:
    """Gives the changes of the quantities named, all where none is."""
    names = list_of(given.get("quantityNames"))
    return [one for one in list_of(value) if not names or tree_of(one)["name"] in names]


# fields whose arguments narrow what is there; all others that take arguments are connections
NARROWED: Final[dict[str, Callable[[object, Mapping[str, object]], object]]] = {
    "changes": _of_names,
    "quantities": _named,
    "inventoryLevel": _at_location,
}
EVERYTHING: Final = frozenset({"", "Node", "LegacyInteroperability", "HasMetafields", "HasEvents"})


class UnknownFieldError(Exception):
    """A selected field that the type does not have (or the street does not speak)."""

    def __init__(self, type_name: str, field_name: str, path: tuple[str, ...]) -> None:
        super().__init__(f"Field '{field_name}' doesn't exist on type '{type_name}'")
        self.type_name, self.field_name, self.path = type_name, field_name, path


@dataclass(frozen=True, slots=True)
class Cut:
    """One query's variables and fragments, and the order whose tree is being cut."""

    variables: dict[str, object]
    fragments: dict[str, Inline]
    root: Tree

    def of(self, tree: Tree, selections: tuple[Selection, ...], path: tuple[str, ...] = ()) -> Tree:
        """Gives `tree` with the selected fields only, under their aliases."""
        cut: Tree = {}
        for chosen in self.flat(tree, selections):
            name = chosen.name
            given = self.arguments(chosen)
            if name == "discountedTotalSet" and given.get("withCodeDiscounts"):
                name = "@discountedTotalSet"
            if name not in tree:
                raise UnknownFieldError(str(tree.get("__typename", "?")), name, (*path, chosen.alias))
            narrow = NARROWED.get(name)
            value = narrow(tree[name], given) if narrow else tree[name]
            cut[chosen.alias] = self.value(value, chosen, given, (*path, chosen.alias))
        return cut

    def flat(self, tree: Tree, selections: tuple[Selection, ...]) -> list[Field]:
        """Gives the selected fields with fragments that fit the tree's type spread out."""
        found: list[Field] = []
        for chosen in selections:
            if not all(self._holds(directive) for directive in chosen.directives):
                continue
            if isinstance(chosen, Field):
                found.append(chosen)
                continue
            fragment = self.fragments[chosen.name] if isinstance(chosen, Spread) else chosen
            if _fits(tree, fragment.on):
                found.extend(self.flat(tree, fragment.selections))
        return found

    def arguments(self, chosen: Field) -> dict[str, object]:
        """Gives the field's arguments with variables put in."""
        return {name: self.resolved(value) for name, value in chosen.arguments.items()}

    def resolved(self, value: Value) -> object:
        """Gives the value behind literals, lists, objects and variables."""
        if isinstance(value, Variable):
            return self.variables.get(value.name)
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        if isinstance(value, dict):
            return {name: self.resolved(one) for name, one in value.items()}
        return value

    def _holds(self, directive: Directive) -> bool:
        condition = bool(self.resolved(directive.arguments.get("if", True)))
        return {"include": condition, "skip": not condition}.get(directive.name, True)

    def value(self, value: object, chosen: Field, given: dict[str, object], path: tuple[str, ...]) -> object:
        """Gives one field's value: leaves as they are, objects cut, connections paged, references followed."""
        if isinstance(value, list):
            first = given.get("first")
            many = list_of(cast("object", value))
            return [self.value(one, chosen, {}, path) for one in (many[:first] if isinstance(first, int) else many)]
        if not isinstance(value, dict):
            return value
        tree = tree_of(cast("object", value))
        if REFERENCE in tree:
            return self.value(self._referred(list_of(tree[REFERENCE])), chosen, given, path)
        if CONNECTION in tree:
            return self._connection(list_of(tree[CONNECTION]), chosen, given, path)
        return self.of(tree, chosen.selections, path)

    def _referred(self, steps: list[object]) -> object:
        value: object = self.root
        for step in steps:
            tree = tree_of(value)
            value = list_of(tree.get(CONNECTION, value))[step] if isinstance(step, int) else tree[str(step)]
        return value

    def _connection(self, nodes: list[object], chosen: Field, given: dict[str, object], path: tuple[str, ...]) -> Tree:
        if given.get("reverse"):
            nodes = [*reversed(nodes)]
        start = 0
        if given.get("after"):
            start = int(base64.urlsafe_b64decode(str(given["after"]))) + 1
        size = given.get("first", given.get("last", len(nodes)))
        end = start + (size if isinstance(size, int) else len(nodes))
        shown = [(_cursor(place), tree_of(node)) for place, node in enumerate(nodes[start:end], start)]
        last = shown[-1][0] if shown else None
        return self.connection_of(shown, chosen, page_info(shown, more=end < len(nodes), before=start > 0, end=last), path)

    def connection_of(self, nodes: list[tuple[str, Tree]], chosen: Field, info: Tree, path: tuple[str, ...]) -> Tree:
        """Gives a Relay connection over (cursor, node) pairs, cut to what is selected of it."""
        cut: Tree = {}
        for part in self.flat({}, chosen.selections):
            if part.name == "nodes":
                cut[part.alias] = [self._node(node, part, path) for _, node in nodes]
            elif part.name == "edges":
                cut[part.alias] = [self._edge(cursor, node, part, path) for cursor, node in nodes]
            elif part.name == "pageInfo":
                cut[part.alias] = self.of(info, part.selections, (*path, part.alias))
            else:
                raise UnknownFieldError("Connection", part.name, (*path, part.alias))
        return cut

    def _edge(self, cursor: str, node: Tree, part: Field, path: tuple[str, ...]) -> Tree:
        inner = self.flat({}, part.selections)
        return {one.alias: cursor if one.name == "cursor" else self._node(node, one, path) for one in inner}

    def _node(self, node: Tree, part: Field, path: tuple[str, ...]) -> object:
        own = Cut(self.variables, self.fragments, node) if node.get("__typename") == "Order" else self
        return own.value(node, part, {}, (*path, part.alias))


def page_info(nodes: list[tuple[str, Tree]], *, more: bool, before: bool, end: str | None) -> Tree:
    """Gives a PageInfo."""
    start = nodes[0][0] if nodes else None
    return {"hasNextPage": more, "hasPreviousPage": before, "startCursor": start, "endCursor": end}


def _fits(tree: Tree, on: str) -> bool:
    own = tree.get("__typename")
    return own is None or on in EVERYTHING or on == own or own in KINDS.get(on, frozenset())


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()

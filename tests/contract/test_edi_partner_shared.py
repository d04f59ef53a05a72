"""Purchase orders, changes and acknowledgements of others, where `../shared` is present: each is read, or refused with its place."""

from pathlib import Path

import pytest

from connectors._kit.x12 import cut
from connectors._kit.x12.acknowledgements import read_acknowledgement
from connectors._kit.x12.purchase_changes import read_860
from connectors._kit.x12.purchase_orders import read_850
from connectors._kit.x12.purchase_slices import cut_850, cut_860
from model.errors import MalformedError, RejectedError
from model.rules.order_sums import check_order

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "edi-x12"
NO_SAMPLES = "the samples are in ../shared, which is absent"
READ = {
    "X12Parser/ORD/_850/Example1_PGWGlass.txt": (88406, 4),
    "X12Parser/ORD/_850/From_aojuk.txt": (22998, 2),
    "EdiEngine/850.SyntaxNotes.ERR.edi": (1304594, 6),
}
"""Total and lines of what can be read, in the currency and units that its partners agreed on."""
REFUSED = {
    "X12Parser/ORD/_850/Example3_Adobe_CLP.txt": "ISA, element 06: is not 15 characters wide",
    "EdiEngine/850.Composite.SLN.OK.edi": "AMT, element 02: is not the sum of the parts",
    "EDI.Net/x12.850.issue135.edi": "GE, element 02: is not the number of the header",
    "EDI.Net/x12.Issue101.edi": "ISA, element 03: is not 2 characters wide",
    "staedi/invoice810_po850_dual.edi": "PO1, element 04: no price is told",
}
"""One goes on behind an ISA of other widths, one counts lines that were cut away, two have broken envelopes, and one names no price."""
AGREED = {"currency": "USD", "unit:PK": "unit:EA"}


def _sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(NO_SAMPLES)
    return path.read_bytes()


@pytest.mark.parametrize("name", READ)
def test_a_sample_of_others_is_read_to_its_own_total(name: str) -> None:
    [cut_out] = cut_850(name, _sample(name))

    order = check_order(read_850(cut_out, AGREED))

    assert (order.total_minor, len(order.lines)) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_sample_that_says_too_little_is_refused_with_its_place(name: str) -> None:
    reasons: list[str] = []
    for cut_out in cut_850(name, _sample(name)):
        with pytest.raises(MalformedError) as refused:
            read_850(cut_out, AGREED)
        reasons.append(str(refused.value))

    assert any(REFUSED[name] in reason for reason in reasons)


def test_the_sample_of_a_change_is_refused_with_its_place() -> None:
    name = "X12Parser/ORD/_860/Example1.txt"
    found = [*cut_860(name, _sample(name)), *cut_850(name, _sample(name))]

    for cut_out in found:
        with pytest.raises(MalformedError, match="ISA, element 06: is not 15 characters wide"):
            read_860(cut_out, AGREED)
    assert len(found) == 1


def test_a_sample_of_an_acknowledgement_says_what_was_refused_and_no_bad_value() -> None:
    [piece] = cut(_sample("staedi/simple997.edi"))

    told = read_acknowledgement(piece.raw, {}, functions=frozenset({"HC"}))

    assert not told.is_accepted
    assert told.problems == ("segment 8 NM1, element 8: invalid code (7)", "AK5: code 5")


def test_a_sample_of_an_acknowledgement_about_a_group_of_no_kind_of_ours_is_refused_with_its_place() -> None:
    [piece] = cut(_sample("staedi/invalid997.edi"))

    with pytest.raises(RejectedError, match="AK1, element 01"):
        read_acknowledgement(piece.raw, {}, functions=frozenset({"HC"}))


def test_a_sample_of_an_acknowledgement_of_nothing_is_refused_with_its_place() -> None:
    for piece in cut(_sample("staedi/empty997.edi")):
        with pytest.raises(MalformedError, match="AK1"):
            read_acknowledgement(piece.raw, {}, functions=frozenset({"HC"}))

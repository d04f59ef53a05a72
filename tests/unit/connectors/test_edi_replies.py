"""A group of documents becomes one 997: segment by segment, each set with its verdict, and what is wrong with it in X12's own codes."""

import pytest

from connectors._kit.x12.numbering import file_name, group_number, interchange_number
from connectors._kit.x12.replies import groups_in
from connectors.capabilities import DocumentGroup
from tests.edi import KEY, NOW, document, interchange, recorded, warehouse

WRITTEN = """
ISA*00*          *00*          *ZZ*ENTREPOT       *ZZ*NORTHDOCK      *260306*1200*U*00401*{interchange}*0*P*>~
GS*FA*ENTREPOT*NORTHDOCK*20260306*1200*{group}*X*004010~
ST*997*{group}~
AK1*SW*900~
AK2*945*0001~
AK5*A~
AK2*945*0002~
AK3*W12*4**8~
AK4*1**7~
AK5*R*5~
AK9*P*2*2*1~
SE*10*{group}~
GE*1*{group}~
IEA*1*{interchange}~
""".lstrip()
HEAD = ("W06*F*FO-1*20260303", "LX*1")
WHOLE = (*HEAD, "W12*CC*2*2**EA**SK*MUG-STONE-BLU")


def groups(raw: bytes) -> list[DocumentGroup]:
    hub = warehouse("/nowhere")
    return list(groups_in(raw, hub.settings, hub.sets))


def reply(raw: bytes, taken: tuple[bool, ...]) -> bytes:
    [group] = groups(raw)
    return warehouse("/nowhere").write_acknowledgement(group, taken, NOW, KEY)


def said(raw: bytes) -> str:
    """The AK segments on a refused document, without the group's."""
    lines = [line.rstrip("~") for line in reply(raw, (False,)).decode().splitlines()]
    return " ".join(line for line in lines if line.startswith(("AK3", "AK4", "AK5")))


def test_a_997_is_written_segment_by_segment() -> None:
    raw = interchange([("945", WHOLE), ("945", (*HEAD, "W12*QQ*2*2**EA**SK*MUG-STONE-BLU"))])

    assert reply(raw, (True, False)).decode() == WRITTEN.format(interchange=interchange_number(KEY), group=group_number(KEY))
    assert file_name(KEY, "997") == f"997-{KEY}.edi"


@pytest.mark.parametrize(
    ("taken", "told"),
    [((True, True), "AK9*A*2*2*2~"), ((True, False), "AK9*P*2*2*1~"), ((False, True), "AK9*P*2*2*1~"), ((False, False), "AK9*R*2*2*0~")],
)
def test_the_group_is_accepted_in_part_or_refused_by_its_sets(taken: tuple[bool, bool], told: str) -> None:
    assert told in reply(interchange([("945", WHOLE), ("945", WHOLE)]), taken).decode()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (document("945", *HEAD, "W12*CC*2*x**EA**SK*MUG"), "AK3*W12*4**8 AK4*3**6 AK5*R*5"),
        (document("945", *HEAD, "W12**2*2**EA**SK*MUG"), "AK3*W12*4**8 AK4*1**1 AK5*R*5"),
        (document("945", *HEAD, "W12*CC*2*2**CA**SK*MUG"), "AK3*W12*4**8 AK4*5**7 AK5*R*5"),
        (document("945", *HEAD, "W12*CC*2*2**EA**VN*MUG"), "AK3*W12*4**8 AK5*R*5"),
        (document("945", *WHOLE, "G62*11*20261303"), "AK3*G62*5**8 AK4*2**8 AK5*R*5"),
        (document("945", *WHOLE, "G62*11*20260303*8*99"), "AK3*G62*5**8 AK4*4**9 AK5*R*5"),
        (document("945", *WHOLE, "W03*9"), "AK3*W03*5**8 AK5*R*5"),
        (document("945", *WHOLE[1:]), "AK3*W06*4**3 AK5*R*5"),
        (document("846", "BIA*00*DD*S1*20260303", "LIN*1*SK*MUG", function="IB"), "AK3*QTY*3**3 AK5*R*5"),
        (document("945", *HEAD, "W12*CC*2*2**EA**SK*MUG*************2"), "AK5*R*5"),
        (document("810", "BIG*20260303*1", function="IN"), "AK5*R*1"),
        (document("945", *WHOLE).replace(b"SE*5*0001~", b""), "AK5*R*2"),
        (document("945", *WHOLE).replace(b"SE*5*0001~", b"SE*5*0002~"), "AK5*R*3"),
        (document("945", *WHOLE).replace(b"SE*5*0001~", b"SE*6*0001~"), "AK5*R*4"),
        (document("945", *WHOLE).replace(b"GS*SW*NORTHDOCK*ENTREPOT*20260303*", b"GS*SW*NORTHDOCK*ENTREPOT*20261303*"), "AK5*R*5"),
    ],
)
def test_what_is_wrong_is_said_in_the_codes_of_x12(raw: bytes, told: str) -> None:
    assert said(raw) == told


def test_what_reads_well_and_was_set_aside_all_the_same_is_refused_without_a_place() -> None:
    assert said(document("945", *WHOLE)) == "AK5*R*5"


def test_a_set_without_a_number_is_answered_all_the_same() -> None:
    raw = document("945", *WHOLE).replace(b"ST*945*0001~", b"ST*945~")

    assert "AK2*945*0000~" in reply(raw, (False,)).decode()


def test_positions_are_the_partners_own_in_a_file_with_notes_and_several_groups() -> None:
    broken = document("945", *HEAD, "W12*QQ*2*2**EA**SK*MUG").decode()
    noted = broken.replace("GS*SW", "TA1*000000900*260303*1015*A*000~GS*SW", 1).encode()

    assert said(noted) == said(broken.encode()) == "AK3*W12*4**8 AK4*1**7 AK5*R*5"


def test_each_group_of_a_file_is_told_with_its_documents() -> None:
    several = groups(recorded("945-several") + document("944", "W17*F*20260303*R1", number=77, function="RE"))

    assert [(group.reference, [kind for kind, _ in group.documents]) for group in several][-1] == ("77", ["944"])
    assert len({group.external_id for group in several}) == len(several)


def test_acknowledgements_and_broken_envelopes_are_no_groups_to_answer() -> None:
    assert groups(recorded("997-accepted")) == []
    assert groups(document("999", "AK1*OW*1", function="FA")) == []
    assert groups(document("945", *WHOLE)[:-9]) == []
    assert groups(document("945", *WHOLE).replace(b"GE*1*", b"GE*2*")) == []

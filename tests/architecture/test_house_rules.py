"""House rules that no ready-made linter knows, read from the syntax tree; each is shown to bite."""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from connectors import registry
from console.run_commands import FLOWS, OF_BOOKS, OF_LEDGERS, OF_MONEY, OF_SHIPPING, OF_STOCK
from operations.books.book_verbs import BOOK_VERBS
from operations.books.ledger_verbs import LEDGER_VERBS
from operations.money.money_verbs import MONEY_VERBS
from operations.shipping_verbs import SHIPPING_VERBS
from operations.stock_verbs import STOCK_VERBS

ROOT = Path(__file__).parents[2]
ROOMS = ("connectors", "console", "flows", "model", "operations", "reconciliation", "sandbox")
EXACT = ("connectors", "model", "reconciliation")
"""Rooms where a float would be a wrong cent."""
MAPS = re.compile(r"/(mapping|payloads)\w*\.py$")
"""The files of a connector that touch amounts; the others may count query points or seconds."""
CLOCKS = {"operations/runtime/clock.py", "connectors/woocommerce/oauth.py"}
"""Where the machine may be asked for the time: our clock, and the default of OAuth's injected timestamp."""
WAITS = {"connectors/_kit/http.py", "connectors/_kit/guard.py", "model/store/database.py", "model/store/leases.py"}
"""Seconds to wait or to time out after are no money."""


def trees(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def floats(tree: ast.AST) -> list[int]:
    """Lines with a float literal, or with the word `float` itself."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float)) or (isinstance(node, ast.Name) and node.id == "float")
    ]


def clock_readings(tree: ast.AST) -> list[int]:
    """Lines that ask for the time or for chance instead of being given them."""
    asked = {("datetime", "now"), ("datetime", "utcnow"), ("time", "time"), ("uuid", "uuid4"), ("random", "random"), ("date", "today")}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in asked
    ]


def swallowing_handlers(tree: ast.AST) -> list[int]:
    """Lines of handlers that catch everything and go on; one that ends in a bare `raise` does not."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]


def importers(name: str, *rooms: str) -> set[str]:
    """Files that import a distribution."""
    found: set[str] = set()
    for path, tree in trees(*rooms):
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {path for module in modules if module.split(".")[0] == name}
    return found


def neighbours(path: str, tree: ast.AST) -> list[str]:
    """Other connectors' modules that a connector's file imports; import-linter would want a list of connectors kept by hand."""
    own = path.split("/")[1]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = [f"{node.module}.{alias.name}" for node in froms for alias in node.names]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return [module for module in modules if re.match(rf"connectors\.(?!(_kit|capabilities|registry|{own})\b)", module)]


def test_connectors_do_not_know_each_other() -> None:
    folders = [(path, tree) for path, tree in trees("connectors") if path.count("/") > 1 and "/_kit/" not in path]
    assert len(folders) > len(registry.names())
    assert [(path, found) for path, tree in folders if (found := neighbours(path, tree))] == []


@pytest.mark.parametrize("code", ["from connectors.square.words import x", "import connectors.square", "from connectors import square"])
def test_a_connector_that_looks_over_the_fence_is_seen(code: str) -> None:
    assert neighbours("connectors/vendure/mapping.py", ast.parse(code))


def test_no_float_where_exactness_matters() -> None:
    found = [(path, lines) for path, tree in trees(*EXACT) if (lines := floats(tree)) and path not in WAITS]
    assert [(path, lines) for path, lines in found if not path.startswith("connectors/") or MAPS.search(path)] == []


def test_time_and_chance_are_injected() -> None:
    assert [(path, lines) for path, tree in trees(*ROOMS) if (lines := clock_readings(tree)) and path not in CLOCKS] == []


def test_nothing_catches_everything() -> None:
    assert [(path, lines) for path, tree in trees(*ROOMS) if (lines := swallowing_handlers(tree))] == []


def test_only_the_http_client_retries() -> None:
    assert importers("tenacity", *ROOMS) == {"connectors/_kit/http.py"}


def test_only_the_kit_and_connectors_speak_http() -> None:
    users = importers("httpx", "model", "operations", "reconciliation", "flows", "console")
    assert users == {"operations/runtime/hub.py"}  # for the type of the transport it is given


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (floats, "price = 9.99"),
        (floats, "def pay(amount: float): ..."),
        (clock_readings, "datetime.now(UTC)"),
        (clock_readings, "uuid.uuid4()"),
        (swallowing_handlers, "try:\n    pass\nexcept Exception:\n    pass"),
        (swallowing_handlers, "try:\n    pass\nexcept:\n    pass"),
    ],
)
def test_the_rule_bites(rule: object, code: str) -> None:
    assert rule(ast.parse(code))  # pyright: ignore


@pytest.mark.parametrize("name", ROOMS)
def test_our_names_are_ours(name: str) -> None:
    spec = find_spec(name)

    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)
    assert set(packages_distributions().get(name, [])) <= {"entrepot"}


def test_no_flow_file_hides_a_package() -> None:
    assert not {path.stem for path in (ROOT / "flows").iterdir()} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_has_a_drawer_for_odds_and_ends(room: str) -> None:
    banned = {"utils", "util", "common", "helpers", "helper", "lib", "scripts", "misc"}
    assert [path for path in (ROOT / room).rglob("*") if path.stem in banned] == []


def deployed() -> dict[str, str]:
    """Entrypoints of prefect.yaml by the names of their flows."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    return {each["name"].replace("-", "_"): each["entrypoint"] for each in deployments}


def flow_files() -> set[str]:
    """Files of the room of flows that make a flow of their own name."""
    return {Path(path).stem for path, tree in trees("flows") for name in decorated(tree, "flow") if name == Path(path).stem}


def decorated(tree: ast.Module, decorator: str) -> list[str]:
    """Functions below `@decorator(...)`."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    calls = [(function.name, each.func) for function in functions for each in function.decorator_list if isinstance(each, ast.Call)]
    return [name for name, called in calls if isinstance(called, ast.Name) and called.id == decorator]


def test_every_deployment_has_a_dotted_entrypoint_of_the_flow_its_file_names() -> None:
    assert deployed() == {name: f"flows.{name}.{name}" for name in flow_files()}


def test_the_command_line_the_verbs_and_the_deployments_name_the_same_flows() -> None:
    of_reading = {"pull_orders", "sweep_orders", "replay_quarantine", "check_channels", "audit_store"}

    of_money = set(MONEY_VERBS) | set(BOOK_VERBS) | set(LEDGER_VERBS)

    assert set(FLOWS) == set(deployed()) == set(STOCK_VERBS) | set(SHIPPING_VERBS) | of_money | of_reading
    assert set(OF_LEDGERS) == set(LEDGER_VERBS)
    assert (set(OF_STOCK), set(OF_SHIPPING), set(OF_MONEY)) == (set(STOCK_VERBS), set(SHIPPING_VERBS), set(MONEY_VERBS))
    assert set(OF_BOOKS) == set(BOOK_VERBS)


def test_nothing_names_a_registry_host_or_this_machine() -> None:
    hosts = ["python" + "hosted", "py" + "pi.org", "registry.np" + "mjs", "deb.deb" + "ian", "/wo" + "rk/", "/ro" + "ot/."]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = {name: (ROOT / name).read_text("utf-8", "replace") for name in listed if name and (ROOT / name).is_file()}
    assert [(name, host) for name, text in texts.items() for host in hosts if host in text] == []

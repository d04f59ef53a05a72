"""`make new NAME=…`: a folder for a new connector, which reads a make-believe shop's orders and passes the contract suite as it is."""

import re
import shutil
import sys
from pathlib import Path

SKELETON = Path(__file__).parent
WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
TEXTS = (".py", ".toml", ".md", ".json", ".jsonl")


def main(name: str) -> str:
    """Make the folder and say what to do next; SystemExit with the reason where it cannot be."""
    if not WORDS.fullmatch(name):
        raise SystemExit(f"NAME: {name!r} is no name of a connector; use small letters, digits and underscores, as in corner_till")
    folder = SKELETON.parent / name
    if folder.exists():
        raise SystemExit(f"NAME: connectors/{name} is there already")
    shutil.copytree(SKELETON, folder, ignore=shutil.ignore_patterns("__pycache__", "__main__.py"))
    title = "".join(part.capitalize() for part in name.split("_"))
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in TEXTS:
            text = path.read_text("utf-8").replace("_skeleton", name).replace("Skeleton", title)
            path.write_text(_of_its_own(text, title) if path.name == "__init__.py" else text, "utf-8")
    asked = f"python -m pytest tests/contract -k {name}"
    return f"connectors/{name} is made, and passes: {asked}\nGo on with docs/guide/add-a-channel.md."


def _of_its_own(text: str, title: str) -> str:
    """The package's first line, which says of the skeleton what it is for."""
    return re.sub(r'\A""".*?"""', f'"""{title}."""', text, flags=re.DOTALL)


if __name__ == "__main__":
    print(main(sys.argv[1] if len(sys.argv) > 1 else ""))  # noqa: T201  what it is for

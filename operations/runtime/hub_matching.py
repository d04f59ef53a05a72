"""`[matching]` of hub.toml: with what money is matched."""

import re
from importlib.util import find_spec
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from operations.runtime.hub_accounts import HubTable


def _scheduler(address: str) -> str:
    if not re.fullmatch(r"(tcp|tls)://[A-Za-z0-9.\-\[\]:]+:\d{1,5}", address):
        raise ValueError("is no address of a Dask scheduler; write one like tcp://scheduler:8786, without name or password")
    return address


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,6}[MG]i?B", text):
        raise ValueError("is no amount of memory; write one like 4GB or 500MB")
    return text


class Matching(HubTable):
    """With what money is matched: `[matching]`. Without it, by this process, with all of the machine's cores."""

    cluster: Annotated[str, AfterValidator(_scheduler)] | None = None
    """The address of a Dask scheduler whose workers match, instead of this process."""
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads of one matching, here or on each worker; 0: as many as the machine has cores."""
    memory: Annotated[str, AfterValidator(_memory)] | None = None
    """The most memory of one matching, as `4GB`; left out: what DuckDB takes by itself."""


BY_OURSELVES: Final = Matching()
MEND_OF_CLUSTER: Final = "needs Dask, which is not installed; run `pip install 'entrepot[cluster]'`, or remove the key"


def wants_what_is_absent(matching: Matching) -> bool:
    """Whether a cluster is named and Dask is not there. Looked for and not imported: that takes a second, and only matching needs it."""
    return matching.cluster is not None and find_spec("distributed") is None

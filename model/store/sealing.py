"""Seal what is personal: AES-256-GCM under a data key per account and month, itself wrapped under the master key.

Each sealed value is bound to its place (table, row, key), so a blob moved elsewhere does not open. Look-ups go through keyed
hashes. Emptying a data key makes everything it sealed unreadable from then on; backups taken before still hold the wrapped key.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.store.database import Database, insert_ignoring
from model.tables.audit import DataKeyRow

_NONCE = 12
_NOT_DIGITS = re.compile(r"\D")
_KEY_BYTES = 32
_REMEMBERED = 2_000
"""Look-up hashes kept at hand: buyer, bill-to and ship-to of one order mostly share them."""


class MasterKey:
    """The key that wraps all others; 64 hexadecimal digits in a file only the hub's user can read."""

    def __init__(self, secret: bytes) -> None:
        self.id = hashlib.sha256(b"entrepot master key id" + secret).hexdigest()[:16]
        self._wrap = AESGCM(_derived(secret, b"wrap"))
        self.index_key = _derived(secret, b"index")

    @classmethod
    def in_file(cls, path: Path, entropy: Callable[[int], bytes] = os.urandom) -> "MasterKey":
        """The key kept in a file, made on first use. Losing the file makes every sealed value unreadable: back it up apart."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(entropy(_KEY_BYTES).hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
        try:
            secret = bytes.fromhex(path.read_text("ascii").strip())
        except ValueError:
            secret = b""
        if len(secret) != _KEY_BYTES:
            raise ConfigError(f"{path.name}: does not hold a master key; restore the file from its backup")
        return cls(secret)

    def wrap(self, key_id: str, key: bytes, nonce: bytes) -> bytes:
        """A data key sealed under the master key."""
        return nonce + self._wrap.encrypt(nonce, key, f"data_key|{key_id}".encode())

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """A data key opened; a ConfigError when another master key sealed it."""
        try:
            return self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], f"data_key|{key_id}".encode())
        except InvalidTag:
            raise ConfigError("master key: is not the one this database was sealed with; restore the file from its backup") from None


class Sealer:
    """Seals and opens values; hold one per thread."""

    def __init__(self, master: MasterKey, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._master = master
        self._entropy = entropy
        self._keys: dict[str, AESGCM] = {}
        self._indexed: dict[tuple[str, str], str] = {}
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def key_for(self, database: Database, account_id: str, at: datetime) -> str:
        """The id of the data key in force for an account at a time; the month's first is committed before anything is sealed with it."""
        key_id = f"{account_id}/{at:%Y-%m}"
        if key_id in self._keys:
            return key_id
        with database.read() as connection:
            known = self._load(connection, key_id)
        if not known:
            database.run(lambda connection: self._make(connection, key_id, at))
            with database.read() as connection:
                self.make_ready(connection, key_id)
        return key_id

    def make_ready(self, connection: Connection, key_id: str) -> None:
        """Load a stored data key, so that values under it can be opened; a missing one was erased."""
        if key_id not in self._keys and not self._load(connection, key_id):
            raise ConfigError(f"data key {key_id}: was erased; what it sealed can no longer be read")

    def seal(self, plain: bytes, *, key_id: str, place: str) -> bytes:
        """Nonce and ciphertext, bound to its place (`table|row id`)."""
        nonce = self._entropy(_NONCE)
        return nonce + self._keys[key_id].encrypt(nonce, plain, f"{place}|{key_id}".encode())

    def unseal(self, sealed: bytes, *, key_id: str, place: str) -> bytes:
        """The plain bytes again; InvalidTag when they were moved or altered."""
        return self._keys[key_id].decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{place}|{key_id}".encode())

    def seal_payload(self, raw: bytes, *, key_id: str, raw_id: str) -> bytes:
        """A raw payload, compressed and sealed."""
        return self.seal(self._compress(raw), key_id=key_id, place=f"raw_payload|{raw_id}")

    def open_payload(self, sealed: bytes, *, key_id: str, raw_id: str, size: int) -> bytes:
        """A raw payload as it was landed; `size` bounds what decompression may yield."""
        plain = self.unseal(sealed, key_id=key_id, place=f"raw_payload|{raw_id}")
        return self._decompress(plain, max_output_size=size)

    def index(self, kind: str, text: str) -> str:
        """A keyed hash for exact look-ups, equal for equal text of a kind and unreadable without the master key."""
        found = self._indexed.get((kind, text))
        if found is None:
            if len(self._indexed) > _REMEMBERED:
                self._indexed.clear()
            found = hashlib.blake2b(f"{kind}|{text}".encode(), key=self._master.index_key, digest_size=16).hexdigest()
            self._indexed[(kind, text)] = found
        return found

    def digest(self, plain: bytes) -> str:
        """A keyed hash of sealed content, to see a change without opening it."""
        return hashlib.blake2b(plain, key=self._master.index_key, digest_size=16, person=b"content").hexdigest()

    def payload_name(self, account_id: str, kind: str, raw: bytes) -> str:
        """The raw id of a payload: a keyed hash of account, kind and bytes as they came, so that what came before costs no more than this.

        Keyed, because the bytes may hold a card number, which an open hash of otherwise known text would let be tried out.
        """
        named = hashlib.blake2b(f"{account_id}|{kind}|".encode(), key=self._master.index_key, digest_size=16, person=b"payload")
        named.update(raw)
        return named.hexdigest()

    def _make(self, connection: Connection, key_id: str, at: datetime) -> None:
        wrapped = self._master.wrap(key_id, self._entropy(_KEY_BYTES), self._entropy(_NONCE))
        row = {"id": key_id, "wrapped": wrapped, "master_id": self._master.id, "created_at": at}
        connection.execute(insert_ignoring(connection, DataKeyRow).values(row))

    def _load(self, connection: Connection, key_id: str) -> bool:
        wrapped = connection.execute(select(DataKeyRow.wrapped).where(DataKeyRow.id == key_id)).scalar_one_or_none()
        if not wrapped:
            return False
        self._keys[key_id] = AESGCM(self._master.unwrap(key_id, wrapped))
        return True


def normalised_email(address: str) -> str:
    """The form e-mail addresses are looked up in."""
    return address.strip().casefold()


def normalised_phone(number: str) -> str:
    """The form phone numbers are looked up in: their digits, with a leading plus if written internationally."""
    digits = _NOT_DIGITS.sub("", number)
    return f"+{digits}" if number.strip().startswith("+") else digits


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"entrepot " + purpose, "sha256")

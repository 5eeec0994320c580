"""The key file: what must be read back of a secret is encrypted by it, and it lies outside store and backup.

Most secrets are kept as hashes. The seed of a one-time code can't be: the node makes the same codes of it. Who takes a
backup away has the seeds' ciphertext and not this file.
"""

import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from birlik.errors import NotANode, StoreUnavailable, UnknownSetting
from birlik.said import Said

BYTES = 32
_NONCE = 12
"""96 bits, drawn anew each time (NIST SP 800-38D, 8.2.2: good for 2^32 seeds under one key)."""


def beside(folder: Path) -> Path:
    """Where it lies unless the settings say otherwise: next to the data folder, never in it."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.key")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """AES-256-GCM by the key in a file, which is made, readable by its owner only, when it is first needed."""

    path: Path

    def sealed(self, secret: bytes, owner: str) -> bytes:
        """Nonce and ciphertext. owner: whose it is; in the row of anybody else it can't be opened.

        Raises StoreUnavailable, UnknownSetting.
        """
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key(make=True)).encrypt(nonce, secret, owner.encode())

    def opened(self, kept: bytes, owner: str) -> bytes:
        """Raises NotANode where this is not the file by which it was encrypted, or it was for somebody else."""
        try:
            return AESGCM(self._key(make=False)).decrypt(kept[:_NONCE], kept[_NONCE:], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise NotANode(self._other()) from error

    def sealed_text(self, secret: bytes, owner: str) -> str:
        """As `sealed`, for what is kept as JSON."""
        return b64encode(self.sealed(secret, owner)).decode()

    def opened_text(self, kept: str, owner: str) -> bytes:
        """As `opened`, of such a text."""
        return self.opened(b64decode(kept), owner)

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, 32 bytes, the same after each start. Raises StoreUnavailable, UnknownSetting."""
        return HKDF(hashes.SHA256(), BYTES, salt=None, info=purpose.encode()).derive(self._key(make=True))

    def _key(self, *, make: bool) -> bytes:
        try:
            if make and not self.path.exists():
                self._make()
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise UnknownSetting(
                        Said(
                            "{path} can be read by others than its owner; take that away: chmod 600 {path}",
                            path=self.path,
                        )
                    )
                key = file.read()
        except FileNotFoundError as error:
            raise NotANode(self._other()) from error
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreUnavailable(Said("the key file {path} can't be had: {why}", path=self.path, why=why)) from error
        if len(key) != BYTES:
            raise NotANode(self._other())
        return key

    def _make(self) -> None:
        """Whole or not at all: a torn key would lose what is encrypted by it."""
        new = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(new, self.path)  # of two who make it at once, one has made it
            except FileExistsError:
                return
            directory = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        finally:
            new.unlink(missing_ok=True)

    def _other(self) -> Said:
        return Said(
            "{path} is not the key file by which this was encrypted; bring that one back (it is not in backups), or "
            "let an administrator hand out a new one-time link",
            path=self.path,
        )

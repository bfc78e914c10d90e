"""The key that results sent to clients are signed with: an Ed25519 key in a file of the home, for its owner only."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from biometrics.errors import ConfigurationError, StorageError

KEY_FILE = "callback.key"
_LARGEST_FILE_BYTES = 4_096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key, and what it is called by those who verify what it signed.

    Parameters
    ----------
    private
        The key itself.
    key_id
        The thumbprint of the public key (RFC 7638): another key, another name.
    """

    private: Ed25519PrivateKey = field(repr=False)
    key_id: str

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some bytes, 64 bytes."""
        return self.private.sign(data)

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as an entry of a JSON Web Key Set."""
        return _thumbprinted(self.private.public_key()) | {"kid": self.key_id, "use": "sig", "alg": "EdDSA"}


def signing_key(home: Path) -> SigningKey:
    """Return the key of an installation, made when it is asked for the first time.

    Raises
    ------
    StorageError
        When it cannot be written.
    ConfigurationError
        When others may read it, or the file holds no such key.
    """
    path = home / KEY_FILE
    if not path.exists():
        _make(path)
    private = _read(path)
    thumbprint = json.dumps(_thumbprinted(private.public_key()), separators=(",", ":"), sort_keys=True).encode()
    return SigningKey(private=private, key_id=_base64url(hashlib.sha256(thumbprint).digest()))


def public_key(jwk: dict[str, str]) -> Ed25519PublicKey:
    """Return the public key that an entry of a JSON Web Key Set holds.

    Raises
    ------
    ValueError, KeyError
        When it holds no Ed25519 key.
    """
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        raise ValueError("this is no Ed25519 key")
    encoded = jwk["x"]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def _thumbprinted(public: Ed25519PublicKey) -> dict[str, str]:
    """Return the members of a key's entry that its thumbprint is made of."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _make(path: Path) -> None:
    """Write a new key; of several processes that make one at once, one succeeds and all use its key."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # never replaces a key
                path.hardlink_to(name)
        finally:
            Path(name).unlink()
    except OSError as error:
        message = f"the key of callbacks cannot be written: {error.strerror}"
        raise StorageError(message, source=KEY_FILE, remedy="check free space and permissions") from error


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            pem = file.read(_LARGEST_FILE_BYTES) if stat.S_ISREG(about.st_mode) else b""
    except OSError as error:
        raise _refused(f"the key of callbacks cannot be read: {error.strerror}", "let this user read it") from error
    if about.st_mode & _OTHERS:
        mode = f"{stat.S_IMODE(about.st_mode):04o}"
        raise _refused(f"others may read or change the key of callbacks (mode {mode})", "chmod 600, or remove it")
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        remedy = "bring the key back, or remove the file: a new key is made, which receivers must read anew"
        raise _refused("this file holds no Ed25519 key in PEM", remedy)
    return private


def _refused(message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(message, source=KEY_FILE, remedy=remedy)

"""Whoever can sign: one interface for a key in software, a key in a token, and a national infrastructure later."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from biometrics.signing.algorithms import Algorithm, AnyPublicKey
from biometrics.signing.level import SignatureLevel


class Purpose(Enum):
    """What a key signs and nothing else: no key serves two of them."""

    ANCHORS = "anchors"
    CALLBACKS = "callbacks"
    CARDS = "cards"
    EXPORTS = "exports"
    RECEIPTS = "receipts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature and what must be known to verify it.

    Parameters
    ----------
    algorithm
        What it was made with.
    key_id
        The thumbprint of the public key (RFC 7638).
    level
        What it is worth, stored wherever the signature is.
    value
        The signature as JSON web signatures hold it: of ES256 r and s, 32 bytes each.
    certificates
        DER, the signer's first; empty where the key has none.
    """

    algorithm: Algorithm
    key_id: str
    level: SignatureLevel
    value: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


@runtime_checkable
class Signer(Protocol):
    """Signs for one purpose with one key; safe to share between threads."""

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""
        ...

    @property
    def key_id(self) -> str:
        """The thumbprint of the public key (RFC 7638)."""
        ...

    @property
    def level(self) -> SignatureLevel:
        """What its signatures are worth."""
        ...

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The chain of the key in DER, its own first; empty where it has none."""
        ...

    @property
    def public_key(self) -> AnyPublicKey:
        """What verifies its signatures."""
        ...

    def sign(self, data: bytes) -> Signature:
        """Return the signature of some bytes.

        Raises
        ------
        SigningError
            When the key cannot be used, with what to do; nothing is signed then.
        """
        ...

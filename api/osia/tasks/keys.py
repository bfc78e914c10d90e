"""The key that results sent to clients are signed with: the owner of the registry holds it, workers ask it to sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from biometrics.records import SYSTEM, Actor
from biometrics.signing.public_keys import key_of
from enrollment.engine.service import EnrollmentService
from enrollment.operations.signing import CALLBACK_KEYS, SIGN_CALLBACK, SignCallback

ServiceOf = Callable[[Actor], EnrollmentService]


@runtime_checkable
class SigningKey(Protocol):
    """Signs results with one Ed25519 key."""

    @property
    def key_id(self) -> str:
        """The thumbprint of the public key (RFC 7638): another key, another name."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some bytes, 64 bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKey:
    """A `SigningKey` that the owner of the registry holds.

    Parameters
    ----------
    key_id
        What it is called.
    service_of
        Returns the owner, acting for somebody.
    """

    key_id: str
    service_of: ServiceOf

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some bytes.

        Raises
        ------
        ServiceError
            When the engine cannot be asked.
        SigningError
            When the key was replaced since.
        """
        return self.service_of(SYSTEM).call(SIGN_CALLBACK, SignCallback(key_id=self.key_id, data=data))


def signing_key(service_of: ServiceOf) -> EngineKey:
    """Return the key that signs at present.

    Raises
    ------
    ServiceError
        When the engine cannot be asked.
    """
    return EngineKey(key_id=published_keys(service_of)[0]["kid"], service_of=service_of)


def published_keys(service_of: ServiceOf) -> tuple[Mapping[str, str], ...]:
    """Return the entries of the JSON Web Key Set by which clients verify results, the one that signs first.

    Raises
    ------
    ServiceError
        When the engine cannot be asked.
    """
    return service_of(SYSTEM).call(CALLBACK_KEYS, None)


def public_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """Return the public key that an entry of a JSON Web Key Set holds.

    Raises
    ------
    ValueError
        When it holds no Ed25519 key.
    """
    key = key_of(jwk)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("this is no Ed25519 key")
    return key

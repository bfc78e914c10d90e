"""Which keys are trusted, for what and until when; a signature is verified with these and nothing else, offline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from biometrics.errors import ConfigurationError, SignatureInvalidError
from biometrics.signing.algorithms import Algorithm, AnyPublicKey, fits, verifies
from biometrics.signing.jws import Detached, read_detached
from biometrics.signing.level import SignatureLevel
from biometrics.signing.public_keys import jwk_of, key_of, thumbprint
from biometrics.signing.signer import Purpose

_FORM = "export the keys again: kura sign keys"


class Ending(Enum):
    """Why a key is not used any more."""

    REPLACED = "replaced"
    """Another one took its place: what it signed before stays valid."""

    COMPROMISED = "compromised"
    """Others may have it, and may write any time into what they sign with it: nothing counts by what it says itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key and what it may have signed.

    Parameters
    ----------
    key
        The key.
    algorithm, purpose, level
        What it signs with, what for, and what its signatures are worth.
    since
        When it was made.
    ended, ending
        When it stopped, and why; both None while it is in use.
    """

    key: AnyPublicKey
    algorithm: Algorithm
    purpose: Purpose
    level: SignatureLevel
    since: datetime
    ended: datetime | None = None
    ending: Ending | None = None

    def __post_init__(self) -> None:
        if not fits(self.key, self.algorithm) or (self.ended is None) is not (self.ending is None):
            raise ConfigurationError("a trusted key contradicts itself", remedy=_FORM)

    @property
    def key_id(self) -> str:
        """The thumbprint of the key."""
        return thumbprint(self.key)

    def document(self) -> dict[str, Any]:
        """Return the entry of a JSON Web Key Set."""
        ended = (
            {} if self.ended is None or self.ending is None else {"exp": _s(self.ended), "ending": self.ending.value}
        )
        said = {"purpose": self.purpose.value, "level": self.level.value, "nbf": _s(self.since)}
        return {**jwk_of(self.key), "kid": self.key_id, "use": "sig", "alg": self.algorithm.value, **said, **ended}

    @classmethod
    def parse(cls, entry: Any) -> TrustedKey:
        """Return the key of an entry as `document` writes it.

        Raises
        ------
        ConfigurationError
            When it is none, or goes by another name than its thumbprint.
        """
        try:
            found = cls(
                key=key_of(entry),
                algorithm=Algorithm(entry["alg"]),
                purpose=Purpose(entry["purpose"]),
                level=SignatureLevel(entry["level"]),
                since=_moment(entry["nbf"]),
                ended=_moment(entry["exp"]) if "exp" in entry else None,
                ending=Ending(entry["ending"]) if "ending" in entry else None,
            )
            named = entry["kid"] == found.key_id
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise ConfigurationError("a trusted key cannot be read", remedy=_FORM) from error
        if not named:
            raise ConfigurationError("a trusted key goes by another name than its own", remedy=_FORM)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A signature that holds: whose key, what for, at which level, and when the signer says it was made."""

    key_id: str
    purpose: Purpose
    level: SignatureLevel
    signed_at: datetime


class KeySet:
    """Trusted keys by their names."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        self._keys = {one.key_id: one for one in keys}

    def __iter__(self) -> Iterator[TrustedKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def document(self) -> dict[str, Any]:
        """Return the JSON Web Key Set that `read` reads."""
        return {"keys": [one.document() for one in self]}

    @classmethod
    def read(cls, text: str | bytes) -> KeySet:
        """Return the keys of a JSON Web Key Set as `document` writes it.

        Raises
        ------
        ConfigurationError
            When it is none.
        """
        try:
            entries = json.loads(text)["keys"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ConfigurationError("this is no set of trusted keys", remedy=_FORM) from error
        if not isinstance(entries, list):
            raise ConfigurationError("this is no set of trusted keys", remedy=_FORM)
        return cls(map(TrustedKey.parse, entries))

    def verify(
        self, text: str, content: bytes, purpose: Purpose, *, now: datetime, seen_at: datetime | None = None
    ) -> Verified:
        """Return what is known of a detached signature, if it holds.

        Parameters
        ----------
        text
            The signature.
        content
            The bytes that are said to be signed.
        purpose
            What the content is taken for.
        now
            The time.
        seen_at
            When the signature was surely there already, by whoever verifies and not by the signer: a copy they kept,
            an entry of a log. It decides about keys that others may have.

        Raises
        ------
        SignatureInvalidError
            Saying why it is not to be believed.
        """
        given = read_detached(text)
        key = self._keys.get(given.signature.key_id)
        if key is None:
            raise _invalid("no trusted key made the signature", "get the keys of whoever signed, from themselves")
        if not verifies(key.key, key.algorithm, given.signed_bytes(content), given.signature.value):
            raise _invalid("the content is not what was signed", "get the content again from whoever signed")
        _require_meant(given, key, purpose)
        _require_in_time(given, key, now=now, seen_at=seen_at)
        return Verified(key_id=key.key_id, purpose=purpose, level=key.level, signed_at=given.signed_at)


MOST_AHEAD_S = 300
"""How far the signer's clock may be ahead of that of whoever verifies."""


def _require_meant(given: Detached, key: TrustedKey, purpose: Purpose) -> None:
    """Refuse a signature that was made for something else, or claims more than its key is worth."""
    if given.purpose is not purpose or key.purpose is not purpose:
        raise _invalid("the key signs something else than this", "name the right purpose, or get the right signature")
    if given.signature.algorithm is not key.algorithm or given.signature.level is not key.level:
        raise _invalid("the signature says another algorithm or level than its key has", "do not trust it")


def _require_in_time(given: Detached, key: TrustedKey, *, now: datetime, seen_at: datetime | None) -> None:
    if given.signed_at < key.since.replace(microsecond=0):
        raise _invalid("the signature says that it is older than its key", "do not trust it")
    if (given.signed_at - now).total_seconds() > MOST_AHEAD_S:
        raise _invalid("the signature says that it was made in the future", "set the clocks right, then verify again")
    if key.ended is None:
        return
    if key.ending is Ending.COMPROMISED and (seen_at is None or seen_at >= key.ended):
        raise _invalid(
            "others may have the key, and nothing shows that the signature is older than that",
            "say since when you have it, or get a new signature",
        )
    if given.signed_at > key.ended:
        raise _invalid("the key had ended when the signature was made", "get a new signature")


def _invalid(message: str, remedy: str) -> SignatureInvalidError:
    return SignatureInvalidError(message, remedy=remedy)


def _s(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(value: Any) -> datetime:
    if type(value) is not int:
        raise TypeError("no whole seconds")
    return datetime.fromtimestamp(value, UTC)

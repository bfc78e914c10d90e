"""Operations on keys that sign: results signed for workers, which hold no key; keys shown, replaced and ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from biometrics.errors import SigningError
from biometrics.records import Actor
from biometrics.samples import now_utc
from biometrics.signing.public_keys import jwk_of
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import Ending, TrustedKey
from enrollment.operations.operation import Operation
from registry.store import Registry

FORMER_KEY_FILE = "callback.key"
"""Where results were signed with a key in the clear once; it is of no use any more and removed."""

_SHOWN_FOR = timedelta(hours=1)
"""How long a replaced key is published: what it signed just before is still on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCallback:
    """Asks that a result be signed by the key that the asker was told of."""

    key_id: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EndKey:
    """Asks that a key sign no more."""

    key_id: str
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key, where its private half is, and its entry in a JSON Web Key Set."""

    purpose: Purpose
    held: str
    entry: Mapping[str, str | int]


def _callback_keys(registry: Registry, actor: Actor, _: None) -> tuple[Mapping[str, str], ...]:
    """Return the public keys of results: the one that signs, then those that did until just now."""
    current = registry.signing.signer(Purpose.CALLBACKS).key_id
    (registry.home / FORMER_KEY_FILE).unlink(missing_ok=True)
    oldest = now_utc() - _SHOWN_FOR
    shown = [one for one in registry.signing.trusted() if one.purpose is Purpose.CALLBACKS and _shown(one, oldest)]
    return tuple(map(_published, sorted(shown, key=lambda one: one.key_id != current)))


def _sign_callback(registry: Registry, actor: Actor, asked: SignCallback) -> bytes:
    """Return a signature; no other purpose's key can be had so."""
    signer = registry.signing.signer(Purpose.CALLBACKS)
    if signer.key_id != asked.key_id:
        raise SigningError("the key was replaced meanwhile", source=asked.key_id, remedy="ask for the key again")
    return signer.sign(asked.data).value


def _keys(registry: Registry, actor: Actor, _: None) -> tuple[ListedKey, ...]:
    with registry.reading() as record:
        known = record.signing.known()
    return tuple(ListedKey(purpose=one.trusted.purpose, held=one.held, entry=one.trusted.document()) for one in known)


def _replace(registry: Registry, actor: Actor, purpose: Purpose) -> str:
    """Return what the new key is called."""
    return registry.signing.replace(purpose, actor).key_id


def _end(registry: Registry, actor: Actor, asked: EndKey) -> None:
    registry.signing.end(asked.key_id, asked.ending, actor)


def _shown(key: TrustedKey, oldest: datetime) -> bool:
    return key.ended is None or (key.ending is Ending.REPLACED and key.ended > oldest)


def _published(key: TrustedKey) -> Mapping[str, str]:
    return {**jwk_of(key.key), "kid": key.key_id, "use": "sig", "alg": key.algorithm.value}


CALLBACK_KEYS = Operation("signing.callback_keys", _callback_keys)
SIGN_CALLBACK = Operation("signing.sign_callback", _sign_callback)
SIGNING_KEYS = Operation("signing.keys", _keys)
REPLACE_KEY = Operation("signing.replace", _replace)
END_KEY = Operation("signing.end", _end)

SIGNING: tuple[Operation[Any, Any], ...] = (CALLBACK_KEYS, SIGN_CALLBACK, SIGNING_KEYS, REPLACE_KEY, END_KEY)

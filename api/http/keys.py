"""The issuer's public keys: a JSON Web Key Set in a file or at an https address, read again now and then."""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from api.http.json_body import strict_json
from api.http.problems import Refusal
from biometrics.errors import ConfigurationError

UNKNOWN_AGAIN_S = 30.0
"""An unknown key identifier lets the set be read again, at most this often: anybody can make one up."""

STALE_AFTER_S = 600.0
"""The set is read again after this long in any case, so that keys which the issuer took away stop counting."""

_FETCH_TIMEOUT_S = 5.0
_LARGEST_SET = 256 * 1024
_LEAST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public key, and the one algorithm (as JOSE names it) that its signatures are of."""

    kid: str | None
    algorithm: str
    key: Key


@runtime_checkable
class KeySource(Protocol):
    """Where the issuer's keys come from."""

    async def find(self, kid: str | None) -> IssuerKey | None:
        """Return the key of an identifier; without an identifier, the only key there is."""
        ...


@dataclass(slots=True, kw_only=True)
class WatchedKeys:
    """Keys that are read anew when an unknown one is asked for, and now and then; the last good set stays.

    Parameters
    ----------
    read
        Reads the set; blocks.
    clock
        Seconds of a clock that never goes back.
    """

    read: Callable[[], tuple[IssuerKey, ...]]
    clock: Callable[[], float] = time.monotonic
    _keys: tuple[IssuerKey, ...] = field(default=(), init=False)
    _tried_at: float | None = field(default=None, init=False)
    _renewing: asyncio.Task[None] | None = field(default=None, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def find(self, kid: str | None) -> IssuerKey | None:
        """Return the key of an identifier; without an identifier, the only key there is."""
        found = self._look_up(kid)
        if found is None:
            await self._renew_after(UNKNOWN_AGAIN_S)
            return self._look_up(kid)
        if self._is_older_than(STALE_AFTER_S) and not self._reading.locked():
            self._renewing = asyncio.create_task(self._renew_after(STALE_AFTER_S))  # nobody waits for it
        return found

    def _look_up(self, kid: str | None) -> IssuerKey | None:
        fitting = [key for key in self._keys if kid is None or key.kid == kid]
        return fitting[0] if len(fitting) == 1 else None

    def _is_older_than(self, age_s: float) -> bool:
        return self._tried_at is None or self.clock() - self._tried_at >= age_s

    async def _renew_after(self, age_s: float) -> None:
        async with self._reading:
            if not self._is_older_than(age_s):
                return
            self._tried_at = self.clock()
            try:
                self._keys = await asyncio.to_thread(self.read)
            except ConfigurationError as error:
                structlog.get_logger().error("issuer_keys_unreadable", reason=error.message)


def watch(chosen: str, home: Path) -> WatchedKeys:
    """Return the keys that a setting names: a file from the home, or an https address."""
    if chosen.startswith("https://"):
        return WatchedKeys(read=lambda: read_keys(_fetched(chosen)))
    if "://" in chosen or not chosen:
        raise ConfigurationError("issuer_keys must be a file or an https address", source=chosen or None)
    return WatchedKeys(read=lambda: read_keys(_content(home / chosen)))


def read_keys(data: bytes) -> tuple[IssuerKey, ...]:
    """Read a JSON Web Key Set; keys for other uses and of other kinds are left out.

    Raises
    ------
    ConfigurationError
        When it is no such set.
    """
    try:
        document = strict_json(data)
    except Refusal as error:
        raise ConfigurationError(f"the issuer's keys cannot be read: {error.message}") from error
    keys = document.get("keys", [document]) if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ConfigurationError("the issuer's keys are no JSON Web Key Set")
    read = (_key(one) for one in keys if isinstance(one, dict))
    return tuple(key for key in read if key is not None)


def _key(jwk: Mapping[str, Any]) -> IssuerKey | None:
    """Return a signing key of a kind that is taken, else None, so that the others count all the same."""
    kinds = {("RSA", None): ("RS256", RSAKey), ("EC", "P-256"): ("ES256", ECKey), ("OKP", "Ed25519"): ("EdDSA", OKPKey)}
    crv = jwk.get("crv")
    chosen = kinds.get((str(jwk.get("kty")), crv if isinstance(crv, str) else None))
    if chosen is None or jwk.get("use", "sig") != "sig":
        return None
    algorithm, kind = chosen
    stated, kid = jwk.get("alg", algorithm), jwk.get("kid")
    if stated != algorithm and (stated, algorithm) != ("Ed25519", "EdDSA"):
        return None
    public = {name: value for name, value in jwk.items() if name in ("kty", "crv", "n", "e", "x", "y")}
    try:
        if kind is RSAKey and len(urlsafe_b64decode(str(jwk.get("n")) + "==")) * 8 < _LEAST_RSA_BITS:
            return None
        key: Key = kind.import_key(public)  # type: ignore[attr-defined]
    except (JoseError, ValueError, TypeError):
        return None
    return IssuerKey(kid=kid if isinstance(kid, str) else None, algorithm=algorithm, key=key)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the issuer's keys cannot be read: {error.strerror}", source=str(path)) from error


def _fetched(address: str) -> bytes:
    try:
        with (
            httpx.Client(timeout=_FETCH_TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", address) as got,
        ):
            if got.status_code != httpx.codes.OK:
                raise ConfigurationError(f"the issuer's keys cannot be fetched: it answers {got.status_code}")
            data = b""
            for chunk in got.iter_bytes():
                data += chunk
                if len(data) > _LARGEST_SET:
                    raise ConfigurationError("the issuer's keys cannot be fetched: they are too large")
            return data
    except httpx.HTTPError as error:
        raise ConfigurationError(f"the issuer's keys cannot be fetched: {type(error).__name__}") from error

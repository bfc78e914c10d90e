"""What each client may do: `clients.toml` in the home, a table `[clients.NAME]` per client."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.osia.tasks.addresses import AddressRefusedError, parse_address
from biometrics.errors import ConfigurationError
from biometrics.records import ActorRole

_LONGEST_NAME = 128
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{3}")
_MOST_PER_MINUTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a client may do at most; a token narrows it further.

    Parameters
    ----------
    scopes
        Scopes that its tokens may use; None for whichever the issuer gives.
    roles
        Roles that its tokens may state; tokens without one act as the system they come from.
    galleries
        Galleries it may see; None for all.
    purposes
        Purposes that its tokens may state; None for any.
    callbacks
        Beginnings of the addresses it may be called back at: scheme, host and port exactly, path up to where it ends.
    one_to_many
        Whether it may search everybody.
    scores
        Whether answers tell scores, not only yes or no.
    creates_galleries
        Whether an encounter may name a gallery that is not there yet.
    per_minute
        Requests it may make.
    certificate_sha256
        SHA-256 of the client certificate it connects with, in hexadecimal; None where none is asked for.
    authorisation
        Reference of the act or agreement by which it may search everybody.
    reads_images
        Whether answers hold pictures.
    legal_basis, authorisation_number
        By which text it asks, and under which number that is authorised or declared.
    country
        ISO 3166 code of where it is; None for where the registry is.
    transfer_authorisation
        Reference of what allows data to leave the country for it; without it, a client abroad is refused.
    """

    scopes: frozenset[str] | None = None
    roles: frozenset[ActorRole] = frozenset()
    galleries: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    callbacks: tuple[str, ...] = ()
    one_to_many: bool = False
    scores: bool = False
    creates_galleries: bool = False
    per_minute: int = 600
    certificate_sha256: str | None = None
    authorisation: str | None = None
    reads_images: bool = False
    legal_basis: str | None = None
    authorisation_number: str | None = None
    country: str | None = None
    transfer_authorisation: str | None = None

    def undeclared(self) -> tuple[str, ...]:
        """Return what a client in earnest must declare, and this one does not."""
        declared = {
            "purposes": self.purposes,
            "legal_basis": self.legal_basis,
            "authorisation_number": self.authorisation_number,
        }
        return tuple(name for name, value in declared.items() if not value)

    def __post_init__(self) -> None:
        if not 1 <= self.per_minute <= _MOST_PER_MINUTE:
            raise ConfigurationError(f"per_minute must lie within 1-{_MOST_PER_MINUTE}")
        if self.certificate_sha256 is not None and not _DIGEST.fullmatch(self.certificate_sha256):
            raise ConfigurationError("certificate_sha256 must be 64 hexadecimal digits in lower case")
        if self.country is not None and not _COUNTRY.fullmatch(self.country):
            raise ConfigurationError("country must be three capital letters, ISO 3166-1")
        if self.one_to_many and not self.authorisation:
            raise ConfigurationError(
                "one_to_many needs an authorisation",
                remedy="name the act or agreement that allows searches of everybody",
            )


DEVELOPMENT = Rights(
    roles=frozenset(ActorRole),
    callbacks=("http://127.0.0.1", "http://localhost"),
    one_to_many=True,
    scores=True,
    creates_galleries=True,
    per_minute=_MOST_PER_MINUTE,
    authorisation="development",
    reads_images=True,
)
"""Of clients that are not listed, where tokens of the development issuer are taken."""


def read_clients(path: Path) -> dict[str, Rights]:
    """Read the rights of all clients.

    Raises
    ------
    ConfigurationError
        When the file is absent, no TOML, or holds an unknown name or an impossible value.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"the rights of clients cannot be read: {error}", source=str(path), remedy="mend or restore the file"
        ) from error
    try:
        if content.keys() - {"clients"}:
            raise ConfigurationError(
                f"unknown table {min(content.keys() - {'clients'})}", remedy="write [clients.NAME]"
            )
        tables = content.get("clients", {})
        if not isinstance(tables, dict):
            raise ConfigurationError("clients must be tables", remedy="write [clients.NAME]")
        return {name: _rights(name, table) for name, table in tables.items()}
    except ConfigurationError as error:
        raise error.at(str(path)) from None


def _rights(name: str, table: object) -> Rights:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ConfigurationError(f"the name of a client is a line of up to {_LONGEST_NAME} characters")
    if not isinstance(table, dict):
        raise ConfigurationError(f"clients.{name} must be a table")
    unknown = sorted(table.keys() - _READERS.keys())
    if unknown:
        raise ConfigurationError(f"clients.{name}.{unknown[0]} is unknown", remedy=f"known are {', '.join(_READERS)}")
    try:
        return Rights(**{key: _READERS[key](value) for key, value in table.items()})
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"clients.{name} holds a value of the wrong kind: {error}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"clients.{name}: {error.message}", remedy=error.remedy) from None


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise TypeError(f"a list of texts is needed, not {value!r}")
    return tuple(value)


def _addresses(value: object) -> tuple[str, ...]:
    prefixes = _texts(value)
    for place, prefix in enumerate(prefixes, start=1):
        try:
            parse_address(prefix)
        except AddressRefusedError as error:
            raise ValueError(f"number {place} of callbacks: {error}") from None
    return prefixes


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"a text is needed, not {value!r}")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false is needed, not {value!r}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number is needed, not {value!r}")
    return value


def _names(value: object) -> frozenset[str]:
    return frozenset(_texts(value))


def _roles(value: object) -> frozenset[ActorRole]:
    return frozenset(ActorRole(one) for one in _texts(value))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "scopes": _names,
    "roles": _roles,
    "galleries": _names,
    "purposes": _names,
    "callbacks": _addresses,
    "one_to_many": _yes_or_no,
    "scores": _yes_or_no,
    "creates_galleries": _yes_or_no,
    "per_minute": _whole,
    "certificate_sha256": _text,
    "authorisation": _text,
    "reads_images": _yes_or_no,
    "legal_basis": _text,
    "authorisation_number": _text,
    "country": _text,
    "transfer_authorisation": _text,
}

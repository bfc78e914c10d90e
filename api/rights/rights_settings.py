"""What an authority chooses about rights: `rights.toml` in the home, read once; all of it has defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from biometrics.errors import ConfigurationError
from biometrics.rights.abroad import require_country
from biometrics.rights.retention import Kept, RetentionRule
from biometrics.rights.words import RequestKind

FILE_NAME = "rights.toml"

_LARGEST = 1_000_000
_USUAL_DAYS = 30
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who answers for the registry, as documents name them; empty where nobody said.

    Parameters
    ----------
    name, address, contact
        The authority, and where people write to.
    protection_officer
        Whom people ask about their data.
    complaints
        Where they complain, for example the APDP.
    country
        ISO 3166 code of where the registry is; clients elsewhere are abroad.
    authorisation_number
        Under which number the processing is authorised or declared.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    protection_officer: str = ""
    complaints: str = ""
    country: str = "MLI"
    authorisation_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Whom the registry tells that something happened: a webhook or an SMS gateway; off without a url.

    Parameters
    ----------
    url
        Where notifications are POSTed: https, or http on this machine.
    most_attempts
        How often one is tried.
    timeout_s
        How long an answer is waited for.
    """

    url: str = ""
    most_attempts: int = 12
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if self.url and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local))):
            raise ConfigurationError("notification.url is no https address")
        if parts.username or parts.password or parts.fragment:
            raise ConfigurationError("notification.url holds a user, a password or a fragment")
        if not 1 <= self.most_attempts <= 100 or not 0.0 < self.timeout_s <= 60.0:
            raise ConfigurationError("notification.most_attempts lies within 1-100, timeout_s above 0 and up to 60")


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    """A country to which data go, and what allows it; nothing goes where nothing does."""

    country: str
    authorisation: str = ""

    def __post_init__(self) -> None:
        require_country(self.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsSettings:
    """What the file says.

    Parameters
    ----------
    authority
        Who answers for the registry.
    answer_days
        By kind of request, within how many days an answer is due.
    retention
        The rules, each thing once.
    gateway
        Whom it tells.
    posts_abroad
        By post that lies in another country, which, and what allows that data go there.
    purposes
        By purpose, its legal basis.
    notice_required
        Whether an enrollment states which notice the person was given.
    """

    authority: Authority = Authority()
    answer_days: Mapping[RequestKind, int] = field(default_factory=dict)
    retention: tuple[RetentionRule, ...] = ()
    gateway: Gateway = Gateway()
    posts_abroad: Mapping[str, Abroad] = field(default_factory=dict)
    purposes: Mapping[str, str] = field(default_factory=dict)
    notice_required: bool = False

    def due_days(self, kind: RequestKind) -> int:
        """Return within how many days a request is to be answered."""
        return self.answer_days.get(kind, _USUAL_DAYS)


def read_rights_settings(home: Path) -> RightsSettings:
    """Read the file of a home; without one, the defaults: 30 days, no rule of retention, nobody told.

    Raises
    ------
    ConfigurationError
        When it cannot be read, or holds an unknown name or an impossible value.
    """
    path = home / FILE_NAME
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(_LARGEST).decode("utf-8"))
    except FileNotFoundError:
        return RightsSettings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"the file cannot be read: {error}", source=str(path), remedy="correct it") from error
    try:
        unknown = sorted(content.keys() - _READERS.keys())
        if unknown:
            raise ConfigurationError(f"{unknown[0]} is unknown", remedy=f"known are {', '.join(sorted(_READERS))}")
        return RightsSettings(**{_NAMES.get(name, name): _READERS[name](value) for name, value in content.items()})
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigurationError(f"a value is of the wrong kind: {error}", source=str(path)) from error
    except ConfigurationError as error:
        raise error.at(str(path)) from None


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{name} must be a table", remedy=f"write [{name}]")
    return value


def _texts(value: Any, name: str) -> dict[str, str]:
    table = _table(value, name)
    for key, text in table.items():
        if not isinstance(text, str):
            raise ConfigurationError(f"{name}.{key} must be a text")
    return table


def _authority(value: Any) -> Authority:
    return Authority(**_known(_texts(value, "authority"), Authority, "authority"))


def _gateway(value: Any) -> Gateway:
    return Gateway(**_known(_table(value, "notification"), Gateway, "notification"))


def _posts(value: Any) -> dict[str, Abroad]:
    tables = _table(value, "posts_abroad")
    return {
        post: Abroad(**_known(_texts(one, f"posts_abroad.{post}"), Abroad, f"posts_abroad.{post}"))
        for post, one in tables.items()
    }


def _notices(value: Any) -> bool:
    required = _table(value, "notices").get("required", False)
    if value.keys() - {"required"} or not isinstance(required, bool):
        raise ConfigurationError("notices says whether one is required, true or false, and nothing else")
    return required


def _known(table: dict[str, Any], kind: type[Any], name: str) -> dict[str, Any]:
    unknown = sorted(table.keys() - {one.name for one in fields(kind)})
    if unknown:
        raise ConfigurationError(f"{name}.{unknown[0]} is unknown")
    return table


def _days(value: Any) -> dict[RequestKind, int]:
    found = {RequestKind(name): days for name, days in _table(value, "answers").items()}
    for kind, days in found.items():
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= _MOST_DAYS:
            raise ConfigurationError(f"answers.{kind.value} must be 1 to {_MOST_DAYS} days")
    return found


def _rules(value: Any) -> tuple[RetentionRule, ...]:
    if not isinstance(value, list):
        raise ConfigurationError("retention must be a list of tables", remedy="write [[retention]]")
    rules = []
    for table in value:
        known = _known(_table(table, "retention"), RetentionRule, "retention")
        rules.append(RetentionRule(**{**known, "kept": Kept(known["kept"])}))
    if len({rule.kept for rule in rules}) < len(rules):
        raise ConfigurationError("two rules of retention are about the same things")
    return tuple(rules)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "authority": _authority,
    "answers": _days,
    "retention": _rules,
    "notification": _gateway,
    "posts_abroad": _posts,
    "notices": _notices,
    "purposes": lambda value: _texts(value, "purposes"),
}
_NAMES = {"answers": "answer_days", "notices": "notice_required", "notification": "gateway"}

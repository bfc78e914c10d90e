"""What goes abroad is flagged in the scope under which it is done: its last word then names the country."""

from __future__ import annotations

import re

from biometrics.errors import ConfigurationError

ABROAD = "abroad:"
"""Stands before the country."""

_COUNTRY = re.compile(r"[A-Z]{3}")


def flagged(scope: str | None, country: str) -> str:
    """Return a scope that says to which country data go under it."""
    return f"{scope} {ABROAD}{country}" if scope else f"{ABROAD}{country}"


def country_of(scope: str) -> str | None:
    """Return the country that a scope is flagged with; None where nothing goes abroad."""
    last = scope.rpartition(" ")[2]
    return last.removeprefix(ABROAD) if last.startswith(ABROAD) else None


def require_country(text: str) -> str:
    """Return a code of three capitals, as ISO 3166-1 has them.

    Raises
    ------
    ConfigurationError
        When it is none.
    """
    if not _COUNTRY.fullmatch(text):
        raise ConfigurationError("a country is written in three capitals", remedy="write FRA, as ISO 3166-1 does")
    return text

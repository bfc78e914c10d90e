"""Who met a person, where, and why, as manifests and commands say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace

from biometrics.errors import ManifestError, PersonDataError
from biometrics.people.text import stated_text
from biometrics.records import EncounterContext

COLUMNS = tuple(field.name for field in fields(EncounterContext))
"""Operator, station, post, appointment, receipt and purpose, as a manifest names them."""

LONGEST_VALUE = 200

NO_CONTEXT = EncounterContext()
"""Of people about whom nothing of it was said."""


def stated_context(values: Mapping[str, str | None]) -> EncounterContext:
    """Return the context that some values tell, each in normal form; empty ones are not said.

    Raises
    ------
    ManifestError
        When one is too long or unreadable.
    """
    told: dict[str, str | None] = {}
    for name in COLUMNS:
        try:
            told[name] = stated_text(values.get(name) or "", what=name, longest=LONGEST_VALUE) or None
        except PersonDataError as error:
            raise ManifestError(error.message, remedy=error.remedy) from error
    return EncounterContext(**told)


def joined(context: EncounterContext, other: EncounterContext) -> EncounterContext:
    """Return what two lines about one encounter tell together.

    Raises
    ------
    ManifestError
        When they contradict each other.
    """
    for name, value in asdict(other).items():
        known = getattr(context, name)
        if None not in (known, value) and known != value:
            raise ManifestError(
                f"the {name} is another than in this person's other lines", remedy="give every person one of each"
            )
    return filled(context, other)


def filled(context: EncounterContext, defaults: EncounterContext) -> EncounterContext:
    """Return a context with what it does not say itself taken from another."""
    lacking = {name: value for name, value in asdict(defaults).items() if getattr(context, name) is None}
    return replace(context, **lacking)

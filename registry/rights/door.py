"""The one door through which records are shown, as far as people may close it: locks and objections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biometrics.errors import RestrictedError
from biometrics.records import Actor
from registry.access import PERSON_READ, PERSON_VERIFIED, PERSONS_IDENTIFIED, SAMPLES_READ

if TYPE_CHECKING:
    from registry.reading import Reader

CLOSED = frozenset({PERSON_READ, PERSON_VERIFIED, PERSONS_IDENTIFIED, SAMPLES_READ})
"""Readings of somebody in particular; lists leave out whom a lock withholds, and building galleries shows nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Who was asked about and may not be told of, and what whoever asked is told instead."""

    subject_ids: tuple[str, ...]
    error: RestrictedError


def restricted(record: Reader, action: str, subject_ids: Iterable[str], actor: Actor) -> Refused | None:
    """Return whom an actor may learn nothing of; None where nobody keeps the answer from being given."""
    if action not in CLOSED:
        return None
    withheld = record.rights.withheld(subject_ids, actor)
    if not withheld:
        return None
    return Refused(subject_ids=tuple(sorted(withheld)), error=refusal())


def refusal() -> RestrictedError:
    """Return what is said of somebody who is locked or objects; it must not look like a finding about them."""
    return RestrictedError(
        "the data of this person are kept and not used, by the person's right",
        remedy="ask a supervisor of the authority; no conclusion about the person follows from this",
    )

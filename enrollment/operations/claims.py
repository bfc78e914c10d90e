"""Claims of other administrations: whose identifier this is, and whether what they were told agrees with the record.

What is recorded never leaves: the answer is a yes or no for each attribute that was stated.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from biometrics.errors import PersonDataError
from biometrics.people.dates import PartialDate
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
from biometrics.people.record import PersonRecord, Sex
from biometrics.records import Actor, EncounterStatus, SubjectStatus
from enrollment.operations.operation import Operation
from registry.access import PERSON_VERIFIED
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckClaim:
    """Asks whether somebody is known by an identifier, and whether their record agrees.

    Parameters
    ----------
    identifier
        As it was shown.
    scheme
        Of which numbers it is one; None for the label under which somebody was enrolled, or a NINA.
    galleries
        Where whoever asks may see people; None for everywhere.
    given, family, birth_date, sex, nationality
        What was stated; None where nothing was.
    """

    identifier: str
    scheme: IdentifierScheme | None = None
    galleries: frozenset[str] | None = None
    given: str | None = None
    family: str | None = None
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    nationality: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """Whose identifier it is, where whoever asks may see them, and which stated attributes agree, by their names.

    `person` is the label, None where the identifier is nobody's.
    """

    person: str | None
    subject_id: str | None
    galleries: tuple[str, ...]
    agreed: Mapping[str, bool]


_NOBODY = CheckedClaim(person=None, subject_id=None, galleries=(), agreed={})
_STATED = ("given", "family", "birth_date", "sex", "nationality")


def check_claim(registry: Registry, actor: Actor, asked: CheckClaim) -> CheckedClaim:
    """Compare what is stated with the record; the trail tells which, which agreed, and of asking for nobody too."""
    stated = [name for name in _STATED if getattr(asked, name) is not None]
    return registry.consult(
        actor,
        PERSON_VERIFIED,
        lambda found: [] if found.subject_id is None else [found.subject_id],
        lambda record: _checked(record, asked),
        told=lambda found: {"stated": stated, "agreed": sorted(name for name, same in found.agreed.items() if same)},
    )


CHECK_CLAIM = Operation("claim.check", check_claim)


def agreements(asked: CheckClaim, record: PersonRecord | None) -> dict[str, bool]:
    """Return which stated attributes agree with a record; where nothing is recorded, none does."""
    own = None if record is None else record.name
    recorded: dict[str, object] = {
        "given": None if own is None else folded(own.given),
        "family": None if own is None else folded(own.family),
        "birth_date": None if record is None else record.birth_date,
        "sex": None if record is None else record.sex,
        "nationality": None if record is None else record.nationality,
    }
    stated = {name: getattr(asked, name) for name in _STATED if getattr(asked, name) is not None}
    return {
        name: (folded(value) if name in ("given", "family") else value) == recorded[name]
        for name, value in stated.items()
    }


def folded(name: str) -> str:
    """Return a name for a comparison that passes over capitals, spacing and the ways to encode one letter.

    Accents and order count: a verification is strict, and whoever asks has read the name off a paper.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", " ".join(name.split())).casefold())


def _checked(record: Reader, asked: CheckClaim) -> CheckedClaim:
    subject_id = _named(record, asked)
    if subject_id is None:
        return _NOBODY
    subject = record.subject(record.merges.survivor(subject_id))
    galleries = _seen_in(record, subject.subject_id, asked.galleries)
    if subject.status is not SubjectStatus.ACTIVE or not galleries:
        return _NOBODY
    version = record.people.current(subject.subject_id)
    agreed = agreements(asked, None if version is None else version.record)
    return CheckedClaim(person=subject.label, subject_id=subject.subject_id, galleries=galleries, agreed=agreed)


def _named(record: Reader, asked: CheckClaim) -> str | None:
    """Return whom the identifier names now: a number that was replaced or has ended names nobody here."""
    if asked.scheme is None and asked.identifier:
        subject = record.subject_by_label(asked.identifier)
        if subject is not None:
            return subject.subject_id
    scheme = IdentifierScheme.NINA if asked.scheme is None else asked.scheme
    kind = IdentifierKind.PERMANENT if scheme is IdentifierScheme.NINA else IdentifierKind.NONE
    try:
        number = PersonNumber(scheme=scheme, value=asked.identifier, kind=kind)
    except PersonDataError:
        return None  # what can be no number of this scheme is nobody's
    return next(iter(record.people.holders([number]).values()), None)


def _seen_in(record: Reader, subject_id: str, galleries: frozenset[str] | None) -> tuple[str, ...]:
    """Return in which galleries somebody has an encounter that is active and in use, as far as a client may see them.

    One that waits for a verdict, or was rejected, gave nobody an identity.
    """
    documents = record.documents.of_subject(subject_id)
    held: set[str] = set()
    for encounter in record.encounters(subject_id):
        document = documents.get(encounter.encounter_id)
        if encounter.status is EncounterStatus.ACTIVE and (document is None or document.in_use):
            held.update(encounter.galleries)
    return tuple(sorted(held if galleries is None else held & galleries))

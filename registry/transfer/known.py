"""Persons of an import sorted by what the registry knows of them already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, or_, select

from biometrics.errors import BiometricsError, RecordConflictError, RecordNotFoundError
from biometrics.people.identifiers import IdentifierScheme, PersonNumber
from biometrics.records import Encounter, Subject, SubjectStatus
from registry.keys.sections import keyring_of
from registry.people_numbers import holders
from registry.rows import subject_of
from registry.tables.core import encounters, subjects
from registry.tables.galleries import galleries
from registry.tables.imports import imported_persons
from registry.tables.people import KEYS
from registry.transfer.lines import Line
from registry.transfer.person import ExchangedPerson
from registry.transfer.person_line import write_person
from registry.transfer.stored import read_persons

_AT_ONCE = 500
"""Values in one statement: databases limit how many it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPerson:
    """A line and the person it tells of."""

    line: Line
    person: ExchangedPerson

    @property
    def sha256(self) -> str:
        """Digest of the line as it was read."""
        return hashlib.sha256(self.line.data or b"").hexdigest()


@dataclass(slots=True, kw_only=True)
class Sorted:
    """What is to be done about the persons of some lines.

    Parameters
    ----------
    new
        Nobody knows them.
    completing
        Known by their label and enrolled, but nothing was stated about them yet; with the subject they are.
    same
        Recorded already, exactly as the line says.
    refused
        With the reason.
    """

    new: list[ReadPerson] = field(default_factory=list)
    completing: list[tuple[ReadPerson, Subject]] = field(default_factory=list)
    same: list[ReadPerson] = field(default_factory=list)
    refused: list[tuple[Line, BiometricsError]] = field(default_factory=list)


def sort_out(connection: Connection, read: Sequence[ReadPerson]) -> Sorted:
    """Compare persons with the registry and with each other; the first of two who clash counts."""
    known = _Known(connection, read)
    found = Sorted()
    for one in read:
        subject = known.subject_of(one.person)
        try:
            if subject is None:
                known.require_free(one.person)
                known.take(one.person)
                found.new.append(one)
            elif known.is_same(one, subject):
                found.same.append(one)
            else:
                known.require_completing(one.person, subject)
                known.take(one.person)
                found.completing.append((one, subject))
        except BiometricsError as error:
            found.refused.append((one.line, error))
    return found


class _Known:
    """What the registry and the lines before have of what these lines name."""

    def __init__(self, connection: Connection, read: Sequence[ReadPerson]) -> None:
        self._connection = connection
        people = [one.person for one in read]
        self._subjects = _known_subjects(connection, people)
        ids = {subject.subject_id for subject in self._subjects.values()}
        self._digests = dict(_pairs(connection, imported_persons.c.subject_id, imported_persons.c.sha256, ids))
        unlike = [one for one in ids if one not in self._digests]
        self._stated = {
            subject_id
            for table in KEYS
            if "subject_id" in table.columns
            for subject_id in _present(connection, table.c.subject_id, unlike)
        } | set(self._digests)
        met = [one.encounter for person in people for one in person.encounters]
        receipts = {encounter.context.receipt for encounter in met} - {None}
        self._encounters = set(_present(connection, encounters.c.encounter_id, [one.encounter_id for one in met]))
        # As the column keeps them: nobody need open what others hold to see that it is taken.
        self._receipts = set(_present(connection, encounters.c.receipt_token, receipts))
        held = [number for person in people for number in _held(person)]
        self._holders: dict[tuple[IdentifierScheme, str], str] = holders(connection, held)
        self._galleries = set(connection.scalars(select(galleries.c.gallery_id)))
        self._token = partial(keyring_of(connection).token, "imported_persons.sha256")
        self._taken: set[str] = set()

    def subject_of(self, person: ExchangedPerson) -> Subject | None:
        """Return whom a line names, by identifier or by label."""
        own = self._subjects.get(person.subject.subject_id) if person.names_itself else None
        return own or self._subjects.get(f"label:{person.subject.label}")

    def is_same(self, one: ReadPerson, subject: Subject) -> bool:
        """Tell whether a line was imported before, or says exactly what is recorded."""
        if self._digests.get(subject.subject_id) == self._token(one.sha256):
            return True
        if one.person.subject.subject_id != subject.subject_id:
            return False
        (stored,) = read_persons(self._connection, [subject.subject_id])
        return write_person(stored) == write_person(one.person)

    def require_free(self, person: ExchangedPerson) -> None:
        """Refuse a new person who brings what others have, or names a gallery that nobody created."""
        label = person.subject.label
        if {f"label:{label}", f"subject:{person.subject.subject_id}"} & self._taken:
            raise RecordConflictError(
                "an earlier line has this label or identifier", remedy="give each person one line"
            )
        for one in person.encounters:
            encounter = one.encounter
            if encounter.encounter_id in self._encounters:
                raise RecordConflictError("another person has an encounter of this identifier")
            if self._receipt_token(encounter) in self._receipts:
                raise RecordConflictError("this receipt belongs to another encounter")
            for unknown in sorted(set(encounter.galleries) - self._galleries):
                raise RecordNotFoundError(
                    "there is no such gallery", source=unknown, remedy="see kura registry galleries"
                )
        self._require_own_numbers(person)

    def require_completing(self, person: ExchangedPerson, subject: Subject) -> None:
        """Refuse a line about a known person unless it only adds what nobody stated yet."""
        other_content = RecordConflictError(
            "this person is recorded with other content",
            source=subject.subject_id,
            remedy="correct the person with kura person correct, or give another label if it is somebody else",
        )
        if person.names_itself or person.encounters or person.merge or subject.subject_id in self._taken:
            raise other_content
        if subject.simulated is not person.subject.simulated or subject.status is not SubjectStatus.ACTIVE:
            raise other_content
        if subject.subject_id in self._stated:
            raise other_content
        self._require_own_numbers(person)
        self._taken.add(subject.subject_id)

    def take(self, person: ExchangedPerson) -> None:
        """Remember what a person brings, so that no later line brings it again."""
        self._taken |= {f"label:{person.subject.label}", f"subject:{person.subject.subject_id}"}
        for one in person.encounters:
            self._encounters.add(one.encounter.encounter_id)
            token = self._receipt_token(one.encounter)
            if token is not None:
                self._receipts.add(token)
        for number in _held(person):
            self._holders[number.scheme, number.value] = person.subject.subject_id

    def _receipt_token(self, encounter: Encounter) -> str | None:
        receipt = encounter.context.receipt
        return None if receipt is None else keyring_of(self._connection).token("encounters.receipt", receipt)

    def _require_own_numbers(self, person: ExchangedPerson) -> None:
        own = [(number.scheme, number.value) for number in _held(person)]
        for number in own:
            if number in self._holders:
                raise RecordConflictError(
                    f"another subject holds this number ({number[0].value})",
                    source=self._holders[number],
                    remedy="compare both persons; they may be one",
                )
        if len(set(own)) < len(own):
            raise RecordConflictError("the person holds one number twice")


def _known_subjects(connection: Connection, people: Sequence[ExchangedPerson]) -> dict[str, Subject]:
    """Return who is known, by identifier and by `label:` with the label."""
    found: dict[str, Subject] = {}
    for some in _pieces(people):
        labels = [one.subject.label for one in some]
        named = [one.subject.subject_id for one in some if one.names_itself]
        query = select(subjects).where(or_(subjects.c.label_token.in_(labels), subjects.c.subject_id.in_(named)))
        keyring_of(connection).prefetch(connection, query.with_only_columns(subjects.c.subject_id))
        for row in connection.execute(query).all():
            found[row.subject_id] = found[f"label:{row.label}"] = subject_of(row)
    return found


def _held(person: ExchangedPerson) -> list[PersonNumber]:
    return [held.number for held in person.file.numbers if held.ended_at is None]


def _present(connection: Connection, column: Column[Any], values: Iterable[Any]) -> list[str]:
    return [
        value for some in _pieces(list(values)) for value in connection.scalars(select(column).where(column.in_(some)))
    ]


def _pairs(
    connection: Connection, key: Column[Any], value: Column[Any], keys: Iterable[str]
) -> Iterator[tuple[str, str]]:
    for some in _pieces(list(keys)):
        for row in connection.execute(select(key, value).where(key.in_(some))).all():
            yield row[0], row[1]


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]

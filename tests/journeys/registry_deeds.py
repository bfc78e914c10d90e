"""What a thread of a process does to a registry that others change too: random deeds on a few people, each noted.

A note says what was asked, between which events of the audit trail, and what was answered or refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from biometrics.decisions import DecisionPolicy, Duplicate, Unique
from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord
from biometrics.positions import Modality
from biometrics.records import EncounterStatus, Subject
from biometrics.templates import Probe
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from matching.policy import thresholds
from registry.store import Registry
from registry.tables.core import heads
from tests.enrollment.fakes import fake_extractors, picture

PEOPLE = 3
"""Different persons in a round; several subjects show each of them."""
CAPTURES = 4
DEEDS = 4
"""Per thread and round."""

POLICY = DecisionPolicy(
    version="strict",
    duplicate_fpir=1e-6,
    review_fpir=1e-5,
    verification_fmr=1e-3,
    smallest_gallery=100,
    least_compared_share=0.0,
)
"""At which no two strangers of these journeys look alike, and all captures of one person do."""

REFUSALS = (RecordConflictError, RecordNotFoundError)


def prepared_people(folder: Path, round_number: int) -> dict[int, list[PreparedSubmission]]:
    """Return some captures of each person of a round, ready to be enrolled."""
    people: dict[int, list[PreparedSubmission]] = {}
    for person in range(round_number * PEOPLE, (round_number + 1) * PEOPLE):
        for capture in range(CAPTURES):
            path = folder / f"{person}-{capture}.png"
            path.write_bytes(picture(person, capture, color=True))
            source = SampleSource(path=path, modality=Modality.FACE, origin=path.name, simulated=True)
            submission = Submission(label=path.stem, sources=(source,))
            people.setdefault(person, []).append(prepare(submission, fake_extractors()))
    return people


def last_event(registry: Registry) -> int:
    """Return the number of the last event that was committed."""
    with registry.reading() as record:
        return int(record._connection.scalar(select(heads.c.event_sequence)) or 0)


@dataclass(slots=True)
class Doer:
    """A thread's hands: its office, its chance, and its notes.

    Parameters
    ----------
    office
        Shared by the threads of a process.
    chance
        What the thread decides by.
    name
        Unique among all threads; labels start with the round and hold it.
    notes
        What it did.
    """

    office: EnrollmentOffice
    chance: random.Random
    name: str
    notes: list[dict[str, Any]] = field(default_factory=list)
    _enrolled: int = 0

    def act(self, round_number: int, people: dict[int, list[PreparedSubmission]]) -> None:
        """Do everything a round asks for."""
        prefix = f"r{round_number}-"
        often = [self._enroll, self._merge, self._search]
        deeds = [*often, *often, self._unmerge, self._retire, self._move, self._correct]
        twins = dict(list(people.items())[:2])
        self._enroll(prefix, twins)  # everybody begins with one of two persons, so that some meet in one section
        for _ in range(DEEDS - 1):
            deed = self.chance.choice(deeds)
            deed(prefix, people)

    def _note(self, deed: str, ask: Callable[[], dict[str, Any]], **asked: Any) -> None:
        registry = self.office.registry
        note: dict[str, Any] = {"deed": deed, "by": self.name, "after": last_event(registry), **asked}
        try:
            note |= ask()
        except REFUSALS as error:
            note["refused"] = error.kind
        except RecordError as error:
            note["failed"] = f"{error.kind}: {error}"
        note["before"] = last_event(registry)
        self.notes.append(note)

    def _enroll(self, prefix: str, people: dict[int, list[PreparedSubmission]]) -> None:
        person = self.chance.choice(list(people))
        self._enrolled += 1
        label = f"{prefix}{self.name}-{self._enrolled}"
        prepared = replace(self.chance.choice(people[person]), label=label)

        def ask() -> dict[str, Any]:
            outcome = self.office.enroll(prepared)
            of = outcome.of if isinstance(outcome, Duplicate) else None
            assert isinstance(outcome, Unique | Duplicate), f"no stranger looks like another: {outcome}"
            return {"subject": outcome.subject_id, "unique": isinstance(outcome, Unique), "of": of}

        self._note("enroll", ask, label=label, person=person)

    def _merge(self, prefix: str, _: object) -> None:
        source, into = self._someone(prefix), self._someone(prefix)

        def ask() -> dict[str, Any]:
            with self.office.registry.writing() as writer:
                return {"merge": writer.merges.merge(source.subject_id, into.subject_id, reason="one person")}

        self._note("merge", ask, source=source.subject_id, into=into.subject_id)

    def _unmerge(self, prefix: str, _: object) -> None:
        known = {merge.merge_id for one in self._everyone(prefix) for merge in self._merges(one)}
        if not known:
            return
        merge_id = self.chance.choice(sorted(known))

        def ask() -> dict[str, Any]:
            with self.office.registry.writing() as writer:
                writer.merges.unmerge(merge_id, reason="two persons")
            return {"undone": True}

        self._note("unmerge", ask, merge=merge_id)

    def _retire(self, prefix: str, _: object) -> None:
        encounter_id = self._some_encounter(prefix)
        if encounter_id is None:
            return

        def ask() -> dict[str, Any]:
            with self.office.registry.writing() as writer:
                return {"change": writer.retire_encounter(encounter_id)}

        self._note("retire", ask, encounter=encounter_id)

    def _move(self, prefix: str, _: object) -> None:
        encounter_id, into = self._some_encounter(prefix), self._someone(prefix)
        if encounter_id is None:
            return

        def ask() -> dict[str, Any]:
            with self.office.registry.writing() as writer:
                writer.merges.move_encounter(encounter_id, into.subject_id, reason="filed wrongly")
            return {"moved": True}

        self._note("move", ask, encounter=encounter_id, into=into.subject_id)

    def _search(self, _: str, people: dict[int, list[PreparedSubmission]]) -> None:
        person = self.chance.choice(list(people))
        probe = Probe(templates=self.chance.choice(people[person]).templates)

        def ask() -> dict[str, Any]:
            self.office.follow()
            _, largest_fmr = thresholds(POLICY, self.office.gallery.size)
            found = self.office.gallery.search(probe, largest_fmr=largest_fmr)
            return {"generation": found.generation, "found": [one.subject_id for one in found.candidates]}

        self._note("search", ask, person=person)

    def _correct(self, prefix: str, _: object) -> None:
        someone = self._someone(prefix)
        stated = PersonRecord(names=(PersonName(family="Simulated", given=f"Name {self.chance.choice('ABCDEFGH')}"),))
        with self.office.registry.reading() as record:
            current = record.people.current(someone.subject_id)
        expected = 0 if current is None else current.version

        def ask() -> dict[str, Any]:
            with self.office.registry.writing() as writer:
                if not expected:
                    return {"version": writer.people.record(someone.subject_id, stated)}
                corrected = writer.people.correct(
                    someone.subject_id, stated, expected_version=expected, reason="misspelled"
                )
                return {"version": corrected}

        if current is None or current.record != stated:
            self._note("correct", ask, subject=someone.subject_id, expected=expected)

    def _everyone(self, prefix: str) -> list[Subject]:
        return [one for one in self.office.registry.subjects() if one.label.startswith(prefix)]

    def _someone(self, prefix: str) -> Subject:
        return self.chance.choice(self._everyone(prefix))

    def _merges(self, someone: Subject) -> list[Any]:
        with self.office.registry.reading() as record:
            return list(record.merges.about(someone.subject_id))

    def _some_encounter(self, prefix: str) -> str | None:
        known = self.office.registry.encounters(self._someone(prefix).subject_id)
        standing = [one.encounter_id for one in known if one.status is not EncounterStatus.RETIRED]
        return self.chance.choice(standing) if standing else None

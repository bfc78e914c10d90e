"""Who takes part in a storm: what each person shows, and what is known of where the registry has them."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path

from biometrics.positions import Position
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import fake_extractors, picture

FINGERS = (Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_INDEX)
_AGAIN = "-again-"
_FINGERS_A_PERSON = 10  # numbers of made-up fingers that are one person's own


class Standing(Enum):
    """Where a person is."""

    NOWHERE = "not enrolled yet"
    HERE = "can be found"
    OUT = "taken out of the gallery, or retired"
    MERGED = "another person now"
    UNSURE = "the engine died before it said what became of what was asked"
    PENDING = "waiting for somebody to decide"


@dataclass(slots=True, kw_only=True)
class Person:
    """One person as the storm knows them; changed by one thread only, read by all.

    Parameters
    ----------
    number, label
        Who.
    subject_id, encounter_id
        What the registry calls them; empty before they are enrolled.
    standing, allowed
        Where they are; where they may be while nobody is sure.
    into, holds
        Whom they were merged into, and how many were merged into them.
    changes
        Counts what was begun and what was acknowledged: while it stays as it was, so does the person.
    visa, retired
        Whether the encounter is in another gallery too; whether it is gone for ever.
    """

    number: int
    label: str
    subject_id: str = ""
    encounter_id: str = ""
    standing: Standing = Standing.NOWHERE
    allowed: frozenset[Standing] = frozenset()
    into: Person | None = None
    holds: int = 0
    changes: int = 0
    visa: bool = False
    retired: bool = False

    def begin(self, *allowed: Standing) -> None:
        """Note that something is asked for, after which the person is in one of these standings."""
        self.allowed = frozenset(allowed)
        self.standing = Standing.UNSURE  # first: whoever reads the count before it sees it grow
        self.changes += 1

    def end(self, standing: Standing) -> None:
        """Note what was acknowledged."""
        self.standing = standing
        self.changes += 1

    def found_as(self) -> str | None:
        """Return under which identifier the person is found; None when nobody knows for sure, or not at all."""
        if self.standing is Standing.HERE:
            return self.subject_id
        return self.into.found_as() if self.standing is Standing.MERGED and self.into is not None else None

    def signature(self) -> tuple[int, int]:
        """Return what changes when the person does, or the one they were merged into."""
        return self.changes, self.into.changes if self.into is not None else -1


@dataclass(slots=True, kw_only=True)
class Crowd:
    """All persons of a storm; safe to add to and to look at from many threads.

    Parameters
    ----------
    people
        Everybody, in the order they came.
    by_subject
        The same by what the registry calls them.
    twins
        Subjects who wait for a decision since they are a person over again, and that person's label.
    faults, counts
        What must not happen, and how often everything else did.
    changes
        How many changes of the registry were acknowledged, at least.
    """

    people: list[Person] = field(default_factory=list)
    by_subject: dict[str, Person] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def newcomer(self, home: Path) -> Person:
        """Return somebody who was never here."""
        with self._lock:
            number = len(self.people)
            person = Person(number=number, label=f"{home.parent.name}-{number}")
            self.people.append(person)
            return person

    def gone(self) -> dict[str, int]:
        """Return the subjects whom no search that begins now may find, and how often they had changed."""
        found = {}
        for person in list(self.people):
            changes = person.changes
            if person.standing in (Standing.OUT, Standing.MERGED) and person.subject_id:
                found[person.subject_id] = changes
        return found

    def count(self, what: str) -> None:
        """Count something that was done."""
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def acknowledged(self, changes: int = 1) -> None:
        """Count changes of the registry that the engine has acknowledged."""
        with self._lock:
            self.changes += changes

    def fault(self, what: str) -> None:
        """Note something that must not happen."""
        with self._lock:
            self.faults.append(what)


@lru_cache(maxsize=4_096)
def shown(number: int, capture: int, label: str) -> PreparedSubmission:
    """Return a capture of a person, three fingers and a face, ready to be handed in."""
    sources = []
    with tempfile.TemporaryDirectory() as folder:
        for place, position in enumerate((*FINGERS, Position.FACE)):
            face = position is Position.FACE
            path = Path(folder) / f"{place}.png"
            path.write_bytes(picture(number if face else _FINGERS_A_PERSON * number + place, capture, color=face))
            sources.append(SampleSource(path=path, position=position, simulated=True, origin=label))
        return prepare(Submission(label=label, sources=tuple(sources)), fake_extractors())


def twin_label(person: Person, mark: int) -> str:
    """Return under which label a person is enrolled over again."""
    return f"{person.label}{_AGAIN}{mark:x}"


def twin_of(label: str) -> str | None:
    """Return the label of the person who was enrolled over again under a label."""
    found, again, _ = label.partition(_AGAIN)
    return found if again else None


def standing_still(people: Iterable[Person], *standings: Standing) -> list[Person]:
    """Return those in one of some standings whose encounter is known and was not retired."""
    return [one for one in people if one.standing in standings and one.encounter_id and not one.retired]

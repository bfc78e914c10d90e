"""Pairs of encounters with known truth, which measure examiners: found in a registry of any size, a few at a time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import Column, Connection, Table, or_, select

from biometrics.records import EncounterStatus, SubjectStatus
from registry.identifiers import ALPHABET
from registry.rows import StoredRow
from registry.tables.cases import case_candidates, case_verdicts, cases, decided_pairs
from registry.tables.core import encounters, samples, subjects
from registry.tables.merges import merges

_AT_ONCE = 200
"""Rows that one is drawn from; identifiers are random, so that those from a random place on are a fair draw."""

_MOST_STRANGERS = 20
"""Of these any two are a pair, which is plenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPair:
    """Two encounters, and whether they are known to be of one person."""

    encounter_id: str
    subject_id: str
    other_encounter_id: str
    other_subject_id: str
    same_person: bool


def draw_pair(connection: Connection, examiner: str, draw: random.Random) -> KnownPair | None:
    """Return a pair of people an examiner never judged; None when there is none.

    Of one person are two encounters of one subject. Of different persons are subjects that examiners found to be twins
    or strangers, who look alike since a search brought them up; lacking those, two subjects nobody ever asked about.
    """
    sources = [_same_person, _different_persons]
    draw.shuffle(sources)
    for source in sources:
        found = list(source(connection, examiner, draw))
        if found:
            return draw.choice(found)
    return None


def _same_person(connection: Connection, examiner: str, draw: random.Random) -> Iterator[KnownPair]:
    merged = [row.into_id for row in _some(connection, merges, merges.c.merge_id, draw) if row.undone_at is None]
    met = [row.subject_id for row in _some(connection, encounters, encounters.c.encounter_id, draw)]
    for found in _encounters_of(connection, examiner, (*merged, *met)).values():
        for one, other in combinations(found, 2):
            yield _pair(one, other, same_person=True)


def _different_persons(connection: Connection, examiner: str, draw: random.Random) -> Iterator[KnownPair]:
    decided = [
        (row.subject_a, row.subject_b)
        for row in _some(connection, decided_pairs, decided_pairs.c.subject_a, draw)
        if row.outcome.parts
    ]
    known = _encounters_of(connection, examiner, {one for pair in decided for one in pair})
    alike = [_pair(known[a][0], known[b][0], same_person=False) for a, b in decided if a in known and b in known]
    if alike:
        yield from alike
        return
    met = [row.subject_id for row in _some(connection, encounters, encounters.c.encounter_id, draw)]
    strangers = _encounters_of(connection, examiner, _never_asked_about(connection, met)).values()
    for (one, *_), (other, *_) in combinations(list(strangers)[:_MOST_STRANGERS], 2):
        if one.simulated == other.simulated:
            yield _pair(one, other, same_person=False)


def _pair(one: StoredRow, other: StoredRow, *, same_person: bool) -> KnownPair:
    return KnownPair(
        encounter_id=one.encounter_id,
        subject_id=one.subject_id,
        other_encounter_id=other.encounter_id,
        other_subject_id=other.subject_id,
        same_person=same_person,
    )


def _some(connection: Connection, table: Table, key: Column[str], draw: random.Random) -> list[StoredRow]:
    """Return a few rows from a random place on, from the beginning where that is the end."""
    start = "".join(draw.choices(ALPHABET, k=4))
    rows = list(connection.execute(select(table).where(key >= start).order_by(key).limit(_AT_ONCE)).all())
    rest = select(table).where(key < start).order_by(key).limit(_AT_ONCE - len(rows))
    return rows + list(connection.execute(rest).all())


def _encounters_of(connection: Connection, examiner: str, subject_ids: Iterable[str]) -> dict[str, list[StoredRow]]:
    """Return, by subject, the encounters with pictures of active people whom the examiner never judged."""
    asked = set(subject_ids) - _judged(connection, examiner, set(subject_ids))
    shown = select(samples.c.encounter_id).where(samples.c.encounter_id == encounters.c.encounter_id)
    rows = connection.execute(
        select(encounters.c.encounter_id, encounters.c.subject_id, subjects.c.simulated)
        .join(subjects, subjects.c.subject_id == encounters.c.subject_id)
        .where(encounters.c.subject_id.in_(asked), shown.exists())
        .where(encounters.c.status == EncounterStatus.ACTIVE, subjects.c.status == SubjectStatus.ACTIVE)
        .order_by(encounters.c.encounter_id)
    ).all()
    found: dict[str, list[StoredRow]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(row)
    return found


def _judged(connection: Connection, examiner: str, subject_ids: set[str]) -> set[str]:
    """Return which of some subjects occur in a case that an examiner gave a verdict on."""
    rows = connection.execute(
        select(cases.c.subject_id, case_candidates.c.subject_id.label("candidate_id"))
        .join(case_verdicts, case_verdicts.c.case_id == cases.c.case_id)
        .outerjoin(case_candidates, case_candidates.c.case_id == cases.c.case_id)
        .where(case_verdicts.c.examiner == examiner)
        .where(or_(cases.c.subject_id.in_(subject_ids), case_candidates.c.subject_id.in_(subject_ids)))
    ).all()
    return {one for row in rows for one in (row.subject_id, row.candidate_id)}


def _never_asked_about(connection: Connection, subject_ids: list[str]) -> list[str]:
    as_subject = connection.scalars(
        select(cases.c.subject_id).where(cases.c.subject_id.in_(subject_ids)).distinct()
    ).all()
    as_candidate = connection.scalars(
        select(case_candidates.c.subject_id).where(case_candidates.c.subject_id.in_(subject_ids))
    ).all()
    return sorted(set(subject_ids) - {*as_subject, *as_candidate})

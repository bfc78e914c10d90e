"""Finding people, as an operation: the answer comes after the audit trail tells who asked and whom it showed."""

from __future__ import annotations

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.access import PERSONS_FOUND
from registry.finding import FindPeople, FoundPeople
from registry.store import Registry


def _find(registry: Registry, actor: Actor, asked: FindPeople) -> FoundPeople:
    """Return whom a search finds; the trail tells by what was searched, never what for."""
    return registry.consult(
        actor,
        PERSONS_FOUND,
        lambda found: [one.subject.subject_id for one in found.matches],
        lambda record: record.people.search(asked),
        told={"criteria": list(asked.criteria), "gallery": asked.gallery},
    )


FIND = Operation("person.find", _find)

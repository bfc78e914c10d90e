"""Finding people: the answer comes after the audit trail tells who asked and whom it showed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.access import PERSONS_FOUND
from registry.finding import FindPeople, FoundPeople
from registry.reading import Reader
from registry.search_rows import Rebuilt
from registry.store import Registry


def _find(registry: Registry, actor: Actor, asked: FindPeople) -> FoundPeople:
    """Return whom a search finds; the trail tells by what was searched, never what for."""
    return registry.consult(
        actor,
        PERSONS_FOUND,
        lambda found: [one.subject.subject_id for one in found.matches],
        lambda record: _open_to(record, actor, record.people.search(asked)),
        told={"criteria": list(asked.criteria), "gallery": asked.gallery},
    )


def _open_to(record: Reader, actor: Actor, found: FoundPeople) -> FoundPeople:
    """Return a search without those of whom the actor may learn nothing."""
    withheld = record.rights.withheld([one.subject.subject_id for one in found.matches], actor)
    return replace(found, matches=tuple(one for one in found.matches if one.subject.subject_id not in withheld))


def _reindex(registry: Registry, actor: Actor, after: str) -> Rebuilt:
    """Make the rows by which some persons are found anew, from behind a subject."""
    with registry.writing(actor) as writer:
        return writer.people.rebuild_search(after)


FIND = Operation("person.find", _find)
REINDEX = Operation("registry.reindex", _reindex)

FINDING: tuple[Operation[Any, Any], ...] = (FIND, REINDEX)

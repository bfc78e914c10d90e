"""Who is meant by identifiers: the answer comes after the audit trail tells who asked about whom."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.records import Actor, Subject
from enrollment.operations.operation import Operation
from registry.access import PERSON_READ
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSubjects:
    """Whom somebody asks about; each once."""

    subject_ids: tuple[str, ...]


def _subjects(registry: Registry, actor: Actor, asked: NamedSubjects) -> tuple[Subject, ...]:
    """Return the subjects in the order in which they were named."""
    return registry.consult(
        actor, PERSON_READ, asked.subject_ids, lambda record: tuple(map(record.subject, asked.subject_ids))
    )


SUBJECTS = Operation("subjects.named", _subjects)

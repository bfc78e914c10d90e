"""What an extraction lets the owner of the registry record, a few pictures at a time; and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.access import PERSONS_LISTED
from registry.extraction import ExtractedSample, UnusableSample
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extracted:
    """What was made of some pictures, with the last exchange of references that was known when the work began."""

    results: tuple[ExtractedSample, ...]
    last_exchange: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusablePage:
    """Asks for pictures that were tried in vain, at most so many, from behind a subject, encounter and ordinal."""

    after: tuple[str, str, int]
    most: int


def _record(registry: Registry, actor: Actor, asked: Extracted) -> int:
    """Add the references that were made, and return how many."""
    with registry.writing(actor) as writer:
        return writer.extraction.record(asked.results, last_exchange=asked.last_exchange)


def _unusable(registry: Registry, actor: Actor, asked: UnusablePage) -> tuple[UnusableSample, ...]:
    return registry.consult(
        actor,
        PERSONS_LISTED,
        lambda page: [one.subject_id for one in page],
        lambda record: record.extraction.unusable(asked.after, asked.most),
    )


RECORD_EXTRACTED = Operation("extraction.record", _record)
LIST_UNUSABLE = Operation("extraction.unusable", _unusable)
EXTRACTION: tuple[Operation[Any, Any], ...] = (RECORD_EXTRACTED, LIST_UNUSABLE)

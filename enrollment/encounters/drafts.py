"""Encounters with a name of their own: what is asked to be recorded about a person, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.people.exceptions import CaptureException
from biometrics.people.record import PersonRecord
from enrollment.preparation import PreparedSubmission
from matching.policy import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizedDraft:
    """A draft of an enrollment that becomes an encounter, and its version as it was read."""

    draft_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncounterDraft:
    """Asks to record one encounter of a person who may be known already; it is searched and decided like any other.

    Parameters
    ----------
    prepared
        The samples; its label names the person, its context tells who met them where. Its gallery counts for nothing
        here, `galleries` does.
    galleries
        Where the encounter is searched and recorded; at least one.
    name
        What the person's encounter is called, distinct among theirs that are not retired; by default its identifier.
    document
        JSON text that is kept with it as it is.
    in_use
        Whether it may identify its person; one that may not is searched all the same when somebody is enrolled.
    exceptions
        Which positions it lacks, and why.
    request
        Digest that is the same when the same request comes again, which then writes nothing.
    encounter_id
        Its identifier, where it was assigned beforehand.
    new_person
        Whether somebody known by this label is refused.
    record
        What the person states. It is recorded of somebody of whom nothing is; an encounter corrects nobody's record.
    new_galleries
        For what galleries that do not exist are created; by default they are refused.
    finalizes
        The draft that becomes this encounter, and is finalized with it or not at all.
    """

    prepared: PreparedSubmission
    galleries: tuple[str, ...]
    name: str | None = None
    document: str = "{}"
    in_use: bool = True
    exceptions: tuple[CaptureException, ...] = ()
    request: str | None = None
    encounter_id: str | None = None
    new_person: bool = False
    record: PersonRecord | None = None
    new_galleries: str | None = None
    finalizes: FinalizedDraft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Asks that a person's encounter be in exactly these galleries; in those that are new to it, it is searched.

    Whoever is found there opens a case; the encounter stays as it is until a person decides it.
    """

    person: str
    name: str
    galleries: tuple[str, ...]
    new_galleries: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEncounter:
    """An encounter that is recorded durably.

    Parameters
    ----------
    person, subject_id
        The label, and the subject who has it.
    encounter_id, name
        Its identifier, and what it is called.
    outcome
        What the search came to. Unless it is unique, the encounter waits for a person's verdict on a case.
    case_id
        That case.
    repeated
        True when the request had been answered before, and nothing was written now.
    """

    person: str
    subject_id: str
    encounter_id: str
    name: str
    outcome: Finding
    case_id: str | None = None
    repeated: bool = False

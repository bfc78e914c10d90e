"""The operation by which everything about a person is put together for that person; the trail tells that it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from biometrics.cases import AdjudicationCase
from biometrics.records import Actor, ActorRole, AuditEvent
from biometrics.rights.records import GivenNotice, Restriction, RightsRequest
from biometrics.signing.signer import Purpose
from enrollment.adjudication.explanation import explain
from enrollment.operations.explaining import ExplainedResult, explained
from enrollment.operations.operation import Operation
from enrollment.operations.people import ShownPerson
from enrollment.operations.rights_rules import RECEIVES, require_role
from registry.access import PERSON_READ
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """Asks for everything about a person, cases explained in a language of `enrollment.adjudication.messages`."""

    person: str
    language: str = "fr"
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFact:
    """A picture that is kept: what of, when taken, how good; never the picture."""

    encounter_id: str
    position: str
    captured_at: datetime
    quality: int
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCase:
    """A case about the person as they may see it."""

    case_id: str
    opened_at: datetime
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who read or changed something about the person, on which day: a capacity and a place, never an officer's name.

    `client` is the system it came from, and `purpose` what was stated; None where nothing was recorded.
    """

    at: datetime
    action: str
    role: str | None
    post: str | None
    client: str | None
    purpose: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Everything about a person, and about whoever was merged into them, the survivor first.

    Legal holds are not in it: an inquiry may be secret. Nor is anything about other persons in cases.
    """

    persons: tuple[ShownPerson, ...]
    samples: tuple[SampleFact, ...]
    cases: tuple[ExplainedCase, ...]
    results: tuple[ExplainedResult, ...]
    accesses: tuple[Access, ...]
    requests: tuple[RightsRequest, ...]
    restrictions: tuple[Restriction, ...]
    notices: tuple[GivenNotice, ...]


def _disclose(registry: Registry, actor: Actor, asked: Disclose) -> Disclosure:
    require_role(actor, RECEIVES)

    def read(record: Reader) -> Disclosure:
        family = record.rights.family(record.people.find(asked.person))
        persons = tuple(_person(record, subject_id) for subject_id in family)
        encounters = [one for person in persons for one in person.encounters]
        events = [event for subject_id in family for event in record.events_about(subject_id)]
        return Disclosure(
            persons=persons,
            samples=tuple(fact for one in encounters for fact in _samples(one.encounter_id, record)),
            cases=_cases(record, persons, asked.language),
            results=explained(events, asked.language),
            accesses=tuple(_access(one) for one in sorted(events, key=lambda one: one.sequence)),
            requests=record.rights.requests(family),
            restrictions=record.rights.restrictions(family),
            notices=record.rights.notices(one.encounter_id for one in encounters),
        )

    told = {"disclosed": True, "request_id": asked.request_id}
    return registry.consult(
        actor, PERSON_READ, lambda found: [one.subject.subject_id for one in found.persons], read, told=told
    )


def _person(record: Reader, subject_id: str) -> ShownPerson:
    return ShownPerson(
        subject=record.subject(subject_id),
        survivor=record.merges.survivor(subject_id),
        file=record.people.file(subject_id),
        encounters=record.encounters(subject_id),
        cases=record.people.cases(subject_id),
        merges=record.merges.about(subject_id),
    )


def _samples(encounter_id: str, record: Reader) -> tuple[SampleFact, ...]:
    return tuple(
        SampleFact(
            encounter_id=encounter_id,
            position=sample.position.value,
            captured_at=sample.captured_at,
            quality=sample.quality.value,
            algorithm=sample.quality.algorithm,
        )
        for sample in record.encounter(encounter_id).samples
    )


def _cases(record: Reader, persons: tuple[ShownPerson, ...], language: str) -> tuple[ExplainedCase, ...]:
    """Return the cases that are about these persons; those in which they are a candidate are about somebody else."""
    own = {person.subject.subject_id for person in persons}
    found: dict[str, AdjudicationCase] = {}
    for case_id in (case_id for person in persons for case_id in person.cases):
        case = record.adjudication.find(case_id)
        if case.subject_id in own:
            found[case_id] = case
    return tuple(
        ExplainedCase(case_id=one.case_id, opened_at=one.opened_at, paragraphs=explain(one, language))
        for one in found.values()
    )


def _access(event: AuditEvent) -> Access:
    actor = event.actor
    return Access(
        at=event.at,
        action=event.action,
        role=None if actor is None else actor.role.value,
        post=None if actor is None else actor.post,
        client=None if actor is None else actor.client,
        purpose=None if actor is None else actor.purpose,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignDocument:
    """Asks for a signature of a document that leaves the registry: an export or a certificate."""

    content: bytes = field(repr=False)


def _sign(registry: Registry, actor: Actor, asked: SignDocument) -> str:
    """Return a detached JWS, which offline verification finds the key of by the published key set."""
    require_role(actor, RECEIVES | {ActorRole.SYSTEM})
    return registry.signing.sign(Purpose.EXPORTS, asked.content)


DISCLOSE = Operation("rights.disclose", _disclose)
SIGN_DOCUMENT = Operation("rights.sign", _sign)

DISCLOSING: tuple[Operation[Any, Any], ...] = (DISCLOSE, SIGN_DOCUMENT)

"""Operations on cases: what examiners, supervisors and applicants ask, each of whom learns only what they may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from biometrics.case_views import CaseView
from biometrics.cases import AdjudicationCase, CaseKind, CaseOutcome, CasePriority, CaseStatus
from biometrics.errors import CaseForbiddenError, RecordNotFoundError
from biometrics.records import Actor, ActorRole, Subject
from enrollment.adjudication.explanation import explain
from enrollment.operations.operation import Operation
from registry.access import PERSON_READ, PERSONS_LISTED, SAMPLES_READ
from registry.case_seeding import ExaminerErrors
from registry.case_viewing import numbered_candidates
from registry.reading import Reader
from registry.store import Registry

DECISION_READY = "decision.ready"
"""The notification that a case is decided; it names the case and nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases:
    """Asks a page of cases, from behind the one in `after`; those not closed where no status is given."""

    status: CaseStatus | None = None
    priority: CasePriority | None = None
    post: str | None = None
    limit: int = 100
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """A case, and whom it is about: its subject, then the candidates."""

    case: AdjudicationCase
    people: tuple[Subject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCase:
    """Names a case."""

    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """A case, who holds it and until when; whether they are the first to judge it is not told."""

    case_id: str
    examiner: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignCase:
    """Asks that an examiner hold a case, or the one that is their turn; `examiner` None is the actor."""

    case_id: str | None
    examiner: str | None
    timeout_min: int
    seeded_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCase:
    """Gives the actor's verdict; `candidate` is the number under which it was shown."""

    case_id: str
    outcome: CaseOutcome
    reason: str
    candidate: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCaseAgain:
    """Asks that a closed case be opened again."""

    case_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePicture:
    """Asks for a picture that a case shows."""

    case_id: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainCase:
    """Asks for the explanation of a case in a language of `enrollment.adjudication.messages`."""

    case_id: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The paragraphs of an explanation, and whether the person is simulated."""

    paragraphs: tuple[str, ...]
    simulated: bool


def require_unbiased(record: Reader, actor: Actor) -> None:
    """Refuse what would tell somebody too much about a case they are to judge.

    Raises
    ------
    CaseForbiddenError
        When they took a case and have not judged it.
    """
    for case in record.adjudication.judging(actor.name):
        raise CaseForbiddenError(
            "this would tell too much about a case that you are to judge",
            source=case.case_id,
            remedy="give your verdict first, or ask a supervisor to assign the case to somebody else",
        )


def _list(registry: Registry, actor: Actor, asked: ListCases) -> tuple[ListedCase, ...]:
    """Return where cases stand, which would tell an examiner what others found."""
    if actor.role is not ActorRole.SUPERVISOR:
        raise CaseForbiddenError(
            "only a supervisor sees where cases stand", remedy="see your own: kura case list --mine"
        )

    def read(record: Reader) -> tuple[ListedCase, ...]:
        require_unbiased(record, actor)
        found = record.adjudication.select(
            status=asked.status, priority=asked.priority, post=asked.post, limit=asked.limit, behind=asked.after
        )
        return tuple(ListedCase(case=one, people=tuple(map(record.subject, _people(one)))) for one in found)

    return registry.consult(
        actor, PERSONS_LISTED, lambda page: {who for one in page for who in _people(one.case)}, read
    )


def _held(registry: Registry, actor: Actor, _: None) -> tuple[HeldCase, ...]:
    with registry.reading() as record:
        return tuple(_holding(one) for one in record.adjudication.held(actor.name))


def _view(registry: Registry, actor: Actor, asked: NamedCase) -> CaseView:
    def read(record: Reader) -> tuple[CaseView, AdjudicationCase]:
        return record.adjudication.view(asked.case_id, actor), record.adjudication.find(asked.case_id)

    return registry.consult(actor, PERSON_READ, lambda found: _people(found[1]), read)[0]


def _picture(registry: Registry, actor: Actor, asked: CasePicture) -> bytes:
    """Return a picture, if the case shows it to this actor."""

    def read(record: Reader) -> AdjudicationCase:
        if asked.sha256 not in record.adjudication.view(asked.case_id, actor).pictures:
            raise CaseForbiddenError("the case does not show this picture", source=asked.case_id)
        return record.adjudication.find(asked.case_id)

    registry.consult(actor, SAMPLES_READ, _people, read)
    return registry.sample_bytes(asked.sha256)


def _assign(registry: Registry, actor: Actor, asked: AssignCase) -> HeldCase | None:
    timeout, examiner = timedelta(minutes=asked.timeout_min), asked.examiner or actor.name
    with registry.writing(actor) as writer:
        if asked.case_id is not None:
            return _holding(writer.adjudication.assign(asked.case_id, examiner, timeout))
        if examiner != actor.name:
            raise CaseForbiddenError("one takes the next case for oneself", remedy="name the case to assign to others")
        case = writer.adjudication.take_next(timeout, asked.seeded_share)
    return None if case is None else _holding(case)


def _decide(registry: Registry, actor: Actor, asked: DecideCase) -> None:
    """Record a verdict; what it led to is not told to whoever gave it."""
    with registry.writing(actor) as writer:
        candidate_id = None
        if asked.candidate is not None:
            numbered = numbered_candidates(writer.adjudication.find(asked.case_id))
            if not 1 <= asked.candidate <= len(numbered):
                raise CaseForbiddenError("this is no candidate of the case", source=asked.case_id)
            candidate_id = numbered[asked.candidate - 1]
        decided = writer.adjudication.decide(
            asked.case_id, asked.outcome, reason=asked.reason, candidate_id=candidate_id
        )
        if decided.status is CaseStatus.CLOSED and decided.kind is CaseKind.QUESTION:
            writer.rights.notify(event=DECISION_READY, reference=asked.case_id)


def _contest(registry: Registry, actor: Actor, asked: OpenCaseAgain) -> int:
    """Return the round that begins."""
    with registry.writing(actor) as writer:
        return writer.adjudication.contest(asked.case_id, reason=asked.reason).round


def _reopen(registry: Registry, actor: Actor, asked: OpenCaseAgain) -> int:
    """Return the round that begins."""
    with registry.writing(actor) as writer:
        return writer.adjudication.reopen(asked.case_id, reason=asked.reason).round


def _explain(registry: Registry, actor: Actor, asked: ExplainCase) -> Explanation:
    """Explain a case to its applicant; an examiner who may yet judge it would learn too much."""

    def read(record: Reader) -> tuple[AdjudicationCase, Subject]:
        case = record.adjudication.find(asked.case_id)
        judges = any(case == one for one in record.adjudication.judging(actor.name))
        if judges or (actor.role is ActorRole.EXAMINER and actor.name not in case.examiners):
            raise CaseForbiddenError("an examiner sees no scores before the verdict", source=asked.case_id)
        if case.kind is CaseKind.SEEDED:
            raise RecordNotFoundError("there is no such case", source=asked.case_id)
        return case, record.subject(case.subject_id)

    case, subject = registry.consult(actor, PERSON_READ, lambda found: [found[1].subject_id], read)
    return Explanation(paragraphs=explain(case, asked.language), simulated=subject.simulated)


def _errors(registry: Registry, actor: Actor, _: None) -> tuple[ExaminerErrors, ...]:
    if actor.role is not ActorRole.SUPERVISOR:
        raise CaseForbiddenError("only a supervisor sees how examiners err")
    with registry.reading() as record:
        return record.adjudication.examiner_errors()


def _people(case: AdjudicationCase) -> tuple[str, ...]:
    return (case.subject_id, *(candidate.subject_id for candidate in case.candidates))


def _holding(case: AdjudicationCase) -> HeldCase:
    return HeldCase(case_id=case.case_id, examiner=case.assigned_to, until=case.assigned_until)


LIST_CASES = Operation("case.list", _list)
HELD_CASES = Operation("case.held", _held)
VIEW_CASE = Operation("case.view", _view)
CASE_PICTURE = Operation("case.picture", _picture)
ASSIGN_CASE = Operation("case.assign", _assign)
DECIDE_CASE = Operation("case.decide", _decide)
CONTEST_CASE = Operation("case.contest", _contest)
REOPEN_CASE = Operation("case.reopen", _reopen)
EXPLAIN_CASE = Operation("case.explain", _explain)
EXAMINER_ERRORS = Operation("case.examiners", _errors)

CASES: tuple[Operation[Any, Any], ...] = (
    LIST_CASES,
    HELD_CASES,
    VIEW_CASE,
    CASE_PICTURE,
    ASSIGN_CASE,
    DECIDE_CASE,
    CONTEST_CASE,
    REOPEN_CASE,
    EXPLAIN_CASE,
    EXAMINER_ERRORS,
)

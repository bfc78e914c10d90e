"""Whatever people try, in whatever order: nothing outside the table happens, and nobody is denied by one person."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from biometrics.case_transitions import TRANSITIONS, CaseAction, next_status
from biometrics.cases import AdjudicationCase, CaseOutcome, CasePriority, CaseStatus
from biometrics.errors import CaseForbiddenError, CaseHolderError, CaseStateError, RecordError
from biometrics.records import Actor, ActorRole, EncounterStatus
from registry.store import Registry
from tests.databases import drop_databases
from tests.registry.adjudication import HOUR, pair_case, pending_case, people, status_of

NAMES = ("ada", "ben", "clo", "dee")
ROLES = (ActorRole.EXAMINER, ActorRole.SUPERVISOR, ActorRole.OPERATOR)
REASONS = ("ridges compared", "", "  ")

ENDS = {
    CaseOutcome.SAME_PERSON: EncounterStatus.ACTIVE,
    CaseOutcome.FRAUD: EncounterStatus.REJECTED,
    CaseOutcome.DIFFERENT_PERSONS: EncounterStatus.ACTIVE,
    CaseOutcome.TWIN_OR_RELATIVE: EncounterStatus.ACTIVE,
    CaseOutcome.DATA_ERROR: EncounterStatus.RETIRED,
    CaseOutcome.INSUFFICIENT_QUALITY: EncounterStatus.RETIRED,
}


def actors() -> st.SearchStrategy[Actor]:
    return st.builds(Actor, name=st.sampled_from(NAMES), role=st.sampled_from(ROLES))


class CaseMachine(RuleBasedStateMachine):
    """One case, four people who may act in any capacity, and a model of what they may come to."""

    refused: ClassVar[tuple[type[RecordError], ...]] = (CaseForbiddenError, CaseHolderError, CaseStateError)

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._registry = Registry.open(Path(self._folder.name) / "home")

    @initialize()
    def ask(self) -> None:
        self._known, self._other = people(self._registry, "known", "other")
        self._case = pending_case(self._registry, "new", self._known, self._other)
        self._holder: str | None = None

    def teardown(self) -> None:
        assert self._registry.check() == []
        self._registry.close()
        drop_databases(Path(self._folder.name))
        self._folder.cleanup()

    def _now(self) -> AdjudicationCase:
        return self._registry.case(self._case.case_id)

    @rule(actor=actors(), examiner=st.sampled_from(NAMES))
    def assign(self, actor: Actor, examiner: str) -> None:
        before = self._now()
        possible = (
            (before.status, CaseAction.ASSIGN) in TRANSITIONS
            and actor.role in TRANSITIONS[before.status, CaseAction.ASSIGN].roles
            and (actor.name == examiner or actor.role is ActorRole.SUPERVISOR)
            and examiner not in before.examiners
            and self._holder in (None, examiner)
        )
        try:
            with self._registry.writing(actor) as writer:
                writer.adjudication.assign(before.case_id, examiner, HOUR)
        except self.refused:
            assert not possible
            assert self._now() == before
        else:
            assert possible
            self._holder = examiner
            assert self._now().status is before.status

    @rule(
        actor=actors(),
        outcome=st.sampled_from(CaseOutcome),
        reason=st.sampled_from(REASONS),
        about=st.sampled_from([None, 0, 1]),
    )
    def decide(self, actor: Actor, outcome: CaseOutcome, reason: str, about: int | None) -> None:
        before = self._now()
        candidate_id = None if about is None else (self._known, self._other)[about]
        wanted = ActorRole.SUPERVISOR if before.status is CaseStatus.DISPUTED else ActorRole.EXAMINER
        possible = (
            before.status is not CaseStatus.CLOSED
            and actor.role is wanted
            and self._holder == actor.name
            and outcome is not CaseOutcome.UNFOUNDED
            and bool(reason.strip())
            and not (outcome.adverse and candidate_id is None)
        )
        try:
            with self._registry.writing(actor) as writer:
                writer.adjudication.decide(before.case_id, outcome, reason=reason, candidate_id=candidate_id)
        except RecordError:
            assert not possible
            assert self._now() == before
        else:
            assert possible
            self._holder = None

    @rule(actor=actors(), reason=st.sampled_from(REASONS), contested=st.booleans())
    def open_again(self, actor: Actor, reason: str, contested: bool) -> None:
        before = self._now()
        possible = (
            before.status is CaseStatus.CLOSED
            and (contested or actor.role is ActorRole.SUPERVISOR)
            and bool(reason.strip())
        )
        try:
            with self._registry.writing(actor) as writer:
                move = writer.adjudication.contest if contested else writer.adjudication.reopen
                move(before.case_id, reason=reason)
        except RecordError:
            assert not possible
            assert self._now() == before
        else:
            assert possible

    @invariant()
    def nobody_decides_alone_against_somebody(self) -> None:
        case = self._now()
        given = [one for one in case.verdicts if one.round == case.round]
        assert len({one.examiner for one in case.verdicts}) == len(case.verdicts)
        assert all(one.reason.strip() for one in case.verdicts)
        assert len(case.reopenings) == case.round - 1
        if case.status is not CaseStatus.CLOSED:
            assert status_of(self._registry, case) is EncounterStatus.PENDING
            assert case.outcome is None
            expected = {0: CaseStatus.OPEN, 1: CaseStatus.AWAITING_SECOND, 2: CaseStatus.DISPUTED}
            assert case.status is expected[len(given)]
            return
        assert case.outcome is given[-1].outcome
        assert status_of(self._registry, case) is ENDS[given[-1].outcome]
        if given[-1].outcome.adverse:
            assert len(given) == 3 or (len(given) == 2 and given[0].agrees_with(given[1]))

    @rule()
    def check(self) -> None:
        assert self._registry.check() == []


_EXAMPLES = 200 if os.environ.get("KURA_TEST_THOROUGH") == "1" else 12
CaseMachine.TestCase.settings = settings(
    max_examples=_EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCaseMachine = CaseMachine.TestCase


@pytest.mark.parametrize("role", ActorRole)
@pytest.mark.parametrize("status", CaseStatus)
@pytest.mark.parametrize("action", CaseAction)
def test_what_is_not_in_the_table_does_not_happen(action: CaseAction, status: CaseStatus, role: ActorRole) -> None:
    case = _case(status)
    transition = TRANSITIONS.get((status, action))
    if transition is not None and role in transition.roles:
        assert next_status(case, action, role) is transition.to
        return
    with pytest.raises(CaseStateError if transition is None else CaseForbiddenError):
        next_status(case, action, role)


def test_system_never_moves_a_case() -> None:
    assert all(ActorRole.SYSTEM not in transition.roles for transition in TRANSITIONS.values())


def test_of_hundreds_who_reach_for_the_same_cases_each_case_has_one_holder(home: Path) -> None:
    with Registry.open(home, busy_timeout_s=60.0) as registry:
        subjects = people(registry, *(f"person {number}" for number in range(7)))
        waiting = {pair_case(registry, subjects[0], other) for other in subjects[1:]}

        def reach(number: int) -> tuple[str, str] | None:
            actor = Actor(name=f"examiner {number}", role=ActorRole.EXAMINER)
            with registry.writing(actor) as writer:
                case = writer.adjudication.take_next(HOUR, 0.0)
            return None if case is None else (actor.name, case.case_id)

        with ThreadPoolExecutor(8) as pool:
            taken = [one for one in pool.map(reach, range(300)) if one is not None]
        assert sorted(case_id for _, case_id in taken) == sorted(waiting)
        assert {(case.assigned_to, case.case_id) for case in registry.cases()} == set(taken)


def _case(status: CaseStatus) -> AdjudicationCase:
    return AdjudicationCase(
        case_id="case",
        encounter_id="encounter",
        subject_id="subject",
        candidates=(),
        priority=CasePriority.NORMAL,
        status=status,
        reason="above review",
        opened_at=datetime(2026, 3, 4, tzinfo=UTC),
    )

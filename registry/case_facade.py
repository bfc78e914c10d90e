"""Cases as sections of the registry offer them to those who decide: `record.adjudication`, `writer.adjudication`."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from biometrics.case_views import CaseView
from biometrics.cases import AdjudicationCase, CaseOutcome, CasePriority, CaseStatus
from biometrics.records import Actor
from registry.case_assignment import assign_case, held_cases, judged_by, require_case
from registry.case_deciding import decide_case, reopen_case
from registry.case_rows import behind_case, find_cases
from registry.case_seeding import ExaminerErrors, examiner_errors, take_next
from registry.case_viewing import case_view
from registry.cases import QUESTION, WAITING
from registry.decided_pairs import deciding_case
from registry.tables.cases import cases


class CaseReader:
    """Where cases stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, case_id: str) -> AdjudicationCase:
        """Return a case, as `registry.case_assignment.require_case`."""
        return require_case(self._connection, case_id)

    def select(
        self,
        *,
        status: CaseStatus | None = None,
        priority: CasePriority | None = None,
        post: str | None = None,
        limit: int | None = None,
        behind: str | None = None,
    ) -> tuple[AdjudicationCase, ...]:
        """Return cases of one status (by default those not closed), priority or post; the most urgent first.

        Where `behind` names a case, those that come behind it in this order.
        """
        conditions = [QUESTION, cases.c.status == status] if status else [WAITING]
        conditions += [cases.c.priority == priority] if priority else []
        conditions += [cases.c.post == post] if post else []
        conditions += [] if behind is None else [behind_case(self.find(behind))]
        return find_cases(self._connection, *conditions, limit=limit)

    def held(self, examiner: str) -> tuple[AdjudicationCase, ...]:
        """Return the cases an examiner holds now, as `registry.case_assignment.held_cases`."""
        return held_cases(self._connection, examiner)

    def judging(self, examiner: str) -> tuple[AdjudicationCase, ...]:
        """Return the cases an examiner is to judge, as `registry.case_assignment.judged_by`."""
        return judged_by(self._connection, examiner)

    def view(self, case_id: str, actor: Actor) -> CaseView:
        """Return what somebody may see of a case, as `registry.case_viewing.case_view`."""
        return case_view(self._connection, case_id, actor)

    def examiner_errors(self) -> tuple[ExaminerErrors, ...]:
        """Return how often each examiner erred on cases with known truth."""
        return examiner_errors(self._connection)

    def deciding(self, subject_id: str, other_id: str) -> str | None:
        """Return the closed case that answers whether two subjects are one; None when nothing does."""
        return deciding_case(self._connection, subject_id, other_id)


class CaseWriter(CaseReader):
    """Cases moved by whoever the writer section acts for."""

    def assign(self, case_id: str, examiner: str, timeout: timedelta) -> AdjudicationCase:
        """Let an examiner hold a case, as `registry.case_assignment.assign_case`."""
        return assign_case(self._connection, case_id, examiner, timeout)

    def take_next(self, timeout: timedelta, seeded_share: float) -> AdjudicationCase | None:
        """Let the actor hold the case they should decide, as `registry.case_seeding.take_next`."""
        return take_next(self._connection, timeout, seeded_share)

    def decide(
        self, case_id: str, outcome: CaseOutcome, *, reason: str, candidate_id: str | None = None
    ) -> AdjudicationCase:
        """Record a verdict, as `registry.case_deciding.decide_case`."""
        return decide_case(self._connection, case_id, outcome, reason, candidate_id)

    def contest(self, case_id: str, *, reason: str) -> AdjudicationCase:
        """Open a closed case again because the applicant contests it, as `registry.case_deciding.reopen_case`."""
        return reopen_case(self._connection, case_id, reason, contested=True)

    def reopen(self, case_id: str, *, reason: str) -> AdjudicationCase:
        """Open a closed case again for a supervisor, as `registry.case_deciding.reopen_case`."""
        return reopen_case(self._connection, case_id, reason, contested=False)

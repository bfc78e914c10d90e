"""Cases that were tampered with are found, whatever was changed."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Executable, delete, update

from biometrics.cases import CaseOutcome, CaseStatus
from registry.faults import FaultKind
from registry.store import Registry
from registry.tables.cases import case_verdicts, cases
from tests.registry.adjudication import ADA, BEN, decide, pair_case, people


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        (update(case_verdicts).values(reason="other words"), "is not what the audit trail says"),
        (update(case_verdicts).where(case_verdicts.c.ordinal == 2).values(examiner="clo"), "is not what the audit"),
        (update(case_verdicts).values(outcome=CaseOutcome.SAME_PERSON), "does not follow from the verdicts"),
        (delete(case_verdicts).where(case_verdicts.c.ordinal == 1), "tells of verdict 1, which is not there"),
        (delete(case_verdicts).where(case_verdicts.c.ordinal == 1), "does not follow from the verdicts"),
        (update(cases).values(outcome=CaseOutcome.DIFFERENT_PERSONS), "does not follow from the verdicts"),
        (update(case_verdicts).where(case_verdicts.c.ordinal == 1).values(candidate_id=None), "does not follow"),
    ],
)
def test_tampering_is_found(registry: Registry, tampering: Executable, message: str) -> None:
    case_id = pair_case(registry, *people(registry, "one", "other"))
    for examiner in (ADA, BEN):
        decide(registry, examiner, case_id, CaseOutcome.FRAUD)
    assert registry.check() == []
    _tamper(registry, tampering)
    faults = [fault for fault in registry.check() if fault.kind is FaultKind.CASE]
    assert any(fault.source == case_id and message in fault.message for fault in faults), faults


def test_a_case_that_was_closed_by_nobody_is_found(registry: Registry) -> None:
    case_id = pair_case(registry, *people(registry, "one", "other"))
    _tamper(registry, update(cases).values(status=CaseStatus.CLOSED, outcome=CaseOutcome.DATA_ERROR))
    faults = [fault for fault in registry.check() if fault.kind is FaultKind.CASE]
    assert [(fault.source, fault.message) for fault in faults] == [
        (case_id, "the outcome does not follow from the verdicts")
    ]


def _tamper(registry: Registry, tampering: Executable) -> None:
    with registry._database.writing() as connection:
        assert isinstance(connection, Connection)
        connection.execute(tampering)

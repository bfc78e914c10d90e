"""Cases that were tampered with are found, whatever was changed."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Executable, LargeBinary, bindparam, delete, update

from biometrics.cases import CaseKind, CaseOutcome, CasePriority, CaseStatus
from biometrics.records import EncounterStatus, SubjectStatus
from registry.faults import FaultKind
from registry.store import Registry
from registry.tables.cases import case_candidates, case_reopenings, case_verdicts, cases, decided_pairs
from registry.tables.core import encounters, subjects
from tests.registry.adjudication import ADA, BEN, CLO, SUE, decide, pair_case, pending_case, people
from tests.registry.damage import reseal
from tests.registry.raw import plain_connection, tamper, unguard


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        (update(case_verdicts).values(reason=bindparam(None, b"", LargeBinary)), "cannot be read"),
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


def test_other_words_by_whoever_has_the_keys_are_found(registry: Registry) -> None:
    case_id = pair_case(registry, *people(registry, "one", "other"))
    decide(registry, ADA, case_id, CaseOutcome.DIFFERENT_PERSONS)
    with registry.writing(SUE) as writer:
        writer.adjudication.reopen(case_id, reason="looks alike")
    assert registry.check() == []
    reseal(registry, case_verdicts, "case_id", {"reason": "other words"})
    assert [fault for fault in registry.check() if "verdict 1 is not what the audit trail says" in fault.message]
    reseal(registry, case_reopenings, "case_id", {"reason": "other words"})
    assert [fault for fault in registry.check() if "the beginning of round 2" in fault.message]


def test_a_case_that_was_closed_by_nobody_is_found(registry: Registry) -> None:
    case_id = pair_case(registry, *people(registry, "one", "other"))
    _tamper(registry, update(cases).values(status=CaseStatus.CLOSED, outcome=CaseOutcome.DATA_ERROR))
    faults = [fault for fault in registry.check() if fault.kind is FaultKind.CASE]
    assert [(fault.source, fault.message) for fault in faults] == [
        (case_id, "the outcome does not follow from the verdicts"),
        (case_id, "the audit trail tells otherwise of its outcome, status"),
    ]


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        (update(encounters).values(status=EncounterStatus.ACTIVE), "active, and by the audit trail rejected"),
        (update(subjects).values(status=SubjectStatus.ACTIVE), "the subject is active, and by a case it is not"),
        (update(subjects).values(status=SubjectStatus.INACTIVE), "inactive, and nothing tells why"),
        (update(cases).values(effects={}), "otherwise of its effects"),
        (update(cases).values(priority=CasePriority.HIGH), "otherwise of its priority"),
        (update(cases).values(kind=CaseKind.SEEDED), "otherwise of its kind"),
        (update(case_candidates).values(score=1.0), "a candidate is not what"),
        (delete(case_candidates), "of a candidate that is not there"),
        (update(case_reopenings).values(actor="tom"), "the beginning of round 2"),
        (delete(case_reopenings), "of a round 2 that is not there"),
        (update(decided_pairs).values(outcome=CaseOutcome.DIFFERENT_PERSONS), "decided otherwise than by the case"),
    ],
)
def test_what_a_case_led_to_cannot_be_changed_unseen(registry: Registry, tampering: Executable, message: str) -> None:
    case_id = pending_case(registry, "new", *people(registry, "known")).case_id
    decide(registry, CLO, case_id, CaseOutcome.DIFFERENT_PERSONS)
    with registry.writing(SUE) as writer:
        writer.adjudication.reopen(case_id, reason="looks alike")
    for examiner in (ADA, BEN):
        decide(registry, examiner, case_id, CaseOutcome.FRAUD)
    assert registry.check() == []
    with plain_connection(registry) as connection:
        unguard(connection)
        connection.execute(tampering)
    assert [fault for fault in registry.check() if message in fault.message]


def test_who_merged_cannot_be_changed_unseen(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    with registry.writing(SUE) as writer:
        writer.merges.merge(one, other, reason="compared")
    assert registry.check() == []
    tamper(registry, "UPDATE merges SET actor = 'tom'")
    assert [fault for fault in registry.check() if "merge is not what the event" in fault.message]


def _tamper(registry: Registry, tampering: Executable) -> None:
    with registry._database.writing() as connection:
        assert isinstance(connection, Connection)
        connection.execute(tampering)

"""A registry with a row in every table, about people who do not exist: what somebody who edits it finds."""

from __future__ import annotations

from pathlib import Path

from biometrics.cases import CaseOutcome
from biometrics.rights.retention import Kept, RetentionRule
from biometrics.rights.words import IdentityCheck, RequestDecision, RequestKind
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from registry.case_seeding import open_seeded
from registry.known_truth import KnownPair
from registry.rights.notices import NoticeText
from registry.rights.requests import NewRequest
from registry.store import Registry
from tests.registry.adjudication import ADA, BEN, HOUR, OPERATOR, SUE, decide, pending_case
from tests.registry.audit_log.sinks import HeldSink
from tests.registry.audit_log.test_anchoring import POLICY
from tests.registry.people import enroll
from tests.registry.test_checking_service import fill
from tests.registry.test_replacement import TARGET, made
from tests.registry.transfer.populated import populate
from tests.registry.transfer.without_templates import import_pictures

NOTICE = NoticeText(notice="enrollment", version="1", language="fr", sha256="a" * 64)
RULE = RetentionRule(kept=Kept.KEPT_ANSWERS, days=30, basis="a rule of this test")


def fill_everything(registry: Registry, home: Path) -> HeldSink:
    """Leave something in every table; return the sink that holds the log's anchors."""
    ids = populate(registry)
    import_pictures(registry, home, 2)
    fill(registry)
    _judge(registry, ids)
    _grant_rights(registry, ids["adult-0"])
    _erase(registry)
    with registry.writing() as writer:
        writer.stage(TARGET, [made(writer.unreplaced(TARGET)[0])])
    registry.signing.signer(Purpose.RECEIPTS)
    sink = HeldSink()
    anchoring = registry.keep_anchored(POLICY, [sink])
    anchoring.work(now=True)
    return sink


def _judge(registry: Registry, ids: dict[str, str]) -> None:
    """Decide a case twice over, contest it, close another, and begin one with known truth; move an encounter."""
    moved = enroll(registry, "moved", 12)
    with registry.writing() as writer:
        writer.merges.move_encounter(moved.encounter_id, ids["mother"], reason="misfiled")
    case = pending_case(registry, "asked", ids["mother"])
    decide(registry, ADA, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    with registry.writing(OPERATOR) as writer:
        writer.adjudication.contest(case.case_id, reason="the applicant says otherwise")
    case = pending_case(registry, "decided", ids["adult-0"])
    decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON, ids["adult-0"])
    decide(registry, BEN, case.case_id, CaseOutcome.SAME_PERSON, ids["adult-0"])
    case = pending_case(registry, "apart", ids["mother"])
    decide(registry, ADA, case.case_id, CaseOutcome.TWIN_OR_RELATIVE, ids["mother"])
    one, other = enroll(registry, "left", 21), enroll(registry, "right", 22)
    pair = KnownPair(
        encounter_id=one.encounter_id,
        subject_id=one.subject_id,
        other_encounter_id=other.encounter_id,
        other_subject_id=other.subject_id,
        same_person=False,
    )
    with registry.writing(ADA) as writer:
        case_id = open_seeded(writer._connection, pair)
        writer.adjudication.assign(case_id, ADA.name, HOUR)
        writer.adjudication.take_next(HOUR, seeded_share=0.0)


def _grant_rights(registry: Registry, subject_id: str) -> None:
    (encounter, *_) = registry.encounters(subject_id)
    asked = NewRequest(
        subject_id=subject_id,
        kind=RequestKind.ERASURE,
        identity_check=IdentityCheck.BIOMETRIC,
        asked="please",
        due_days=30,
    )
    with registry.writing(SUE) as writer:
        rights = writer.rights
        first, _ = rights.receive(asked), rights.receive(asked)
        rights.answer(first.request_id, decision=RequestDecision.REFUSED, answer="a hold", approved_by="director")
        lock = rights.restrict(subject_id, purpose=None, reason="until it is decided", request_id=first.request_id)
        rights.lift_restriction(lock.restriction_id, reason="decided")
        rights.restrict(subject_id, purpose="banking", reason="objects")
        hold = rights.hold(subject_id, reason="inquiry", reference="act 1", until=now_utc() + HOUR)
        rights.lift_hold(hold.hold_id, reason="over")
        rights.hold(subject_id, reason="inquiry", reference="act 2", until=None)
        rights.give_notice(encounter.encounter_id, NOTICE)
        rights.notify(event="request.answered", reference=first.request_id)
        rights.record_run(RULE, now_utc(), 3)
        writer.signing.put_off_receipt(encounter.encounter_id)


def _erase(registry: Registry) -> None:
    gone = enroll(registry, "gone", 30)
    with registry.writing(SUE) as writer:
        rights = writer.rights
        erasure = rights.accept_erasure(gone.subject_id, basis="a rule", approved_by="director", request_id=None)
        rights.erase_records(erasure.erasure_id)

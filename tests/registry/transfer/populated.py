"""A registry with everything an exchange can carry, about people who do not exist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from biometrics.cases import CasePriority
from biometrics.image_writing import encode_png
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.evidence import Evidence, EvidenceType
from biometrics.people.life import Guardian, GuardianRelation, LifeEvent, LifeEventKind
from biometrics.people.names import PersonName
from biometrics.positions import Position
from biometrics.records import Actor, EncounterContext, EncounterStatus
from registry.store import Registry
from registry.transfer.importing import ImportOrder
from tests.registry.people import new_encounter, new_references, new_subject
from tests.registry.statements import EVERYTHING, OPERATOR, excepted, simulated_number, stated

AUDITOR = Actor(name="auditor-1", purpose="test of exchange")
CHILD = PartialDate(value="2020", precision=DatePrecision.YEAR)


def order(home: Path) -> ImportOrder:
    return ImportOrder(actor=AUDITOR, reports=home.parent / "reports")


def picture(seed: int, ppi: float | None = 500.0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 30), dtype=np.uint8)
    return encode_png(pixels, ppi, simulated=True)


def populate(registry: Registry) -> dict[str, str]:
    """Record seven subjects, one of them merged into another, and return their identifiers by label."""
    ids: dict[str, str] = {}
    for number in range(3):
        ids[f"adult-{number}"] = _adult(registry, number)
    ids["mother"] = _adult(registry, 7)
    ids["child"] = _child(registry, ids["mother"])
    ids["dead"] = _dead(registry)
    ids["again"] = _adult(registry, 9)
    with registry.writing(OPERATOR) as writer:
        writer.merges.merge(ids["again"], ids["adult-0"], reason="the same person came twice")
    return ids


def _adult(registry: Registry, number: int) -> str:
    digests = registry.keep_sample(picture(number)), registry.keep_sample(picture(100 + number, None))
    scan, final = registry.keep_sample(b"scan %d" % number), registry.keep_sample(b"final %d" % number)
    subject = new_subject(f"adult-{number}")
    status = EncounterStatus.PENDING if number == 2 else EncounterStatus.ACTIVE
    encounter = replace(
        new_encounter(subject, digests, status),
        context=EncounterContext(operator="operator-1", post="post-1", receipt=f"SIM-RECEIPT-{number}"),
        galleries=("citizens",) if number < 5 else ("citizens", "visa_applicants"),
    )
    own = tuple(
        replace(one, sample_sha256=digest) for one, digest in zip(new_references(subject, number), digests, strict=True)
    )
    with registry.writing(OPERATOR) as writer:
        writer.add_encounter(subject, encounter, own)
        if status is EncounterStatus.PENDING:
            writer.open_case(subject_id=subject.subject_id, candidates=(), priority=CasePriority.HIGH, reason="test")
        people, name = writer.people, subject.subject_id
        people.record(
            name, stated(family=f"Xhɛqŋ{'ab'[number % 2]}"), reason="first", encounter_id=encounter.encounter_id
        )
        people.correct(name, stated(given="Qrɔ"), expected_version=1, reason="misspelt")
        people.give_number(name, simulated_number(f"{number}-a"), reason="given")
        held = people.give_number(name, simulated_number(f"{number}-b"), reason="given too")
        people.end_number(name, held, reason="lost")
        paper = Evidence(type=EvidenceType.FICHE_INDIVIDUELLE, number="SIM-1", provisional=True, scan_sha256=scan)
        early = people.add_evidence(name, paper, encounter_id=encounter.encounter_id)
        people.add_evidence(name, Evidence(type=EvidenceType.BIRTH_ACT, scan_sha256=final), replaces=early)
        people.grant_exceptions(
            encounter.encounter_id, [excepted(Position.LEFT_LITTLE, photo_sha256=registry.keep_sample(picture(55)))]
        )
    if number == 1:
        with registry.writing(OPERATOR) as writer:
            writer.retire_encounter(encounter.encounter_id)
    return subject.subject_id


def _child(registry: Registry, mother: str) -> str:
    subject = new_subject("child")
    encounter = replace(new_encounter(subject), context=EncounterContext(operator="operator-1"))
    with registry.writing(OPERATOR) as writer:
        writer.add_encounter(subject, encounter, ())
        writer.people.record(subject.subject_id, stated(birth_date=CHILD), reason="first")
        for guardian in (
            Guardian(relation=GuardianRelation.PARENT, subject_id=mother),
            Guardian(relation=GuardianRelation.TUTOR, name=PersonName(family="Zblɔ")),
        ):
            held = writer.people.add_guardian(subject.subject_id, guardian, reason="brought the child")
        writer.people.end_guardian(subject.subject_id, held, reason="moved away")
    return subject.subject_id


def _dead(registry: Registry) -> str:
    subject = new_subject("dead")
    encounter = replace(new_encounter(subject), context=EncounterContext(operator="operator-1"))
    with registry.writing(OPERATOR) as writer:
        writer.add_encounter(subject, encounter, ())
        writer.people.grant_exceptions(encounter.encounter_id, [excepted(*EVERYTHING)])
        people, name = writer.people, subject.subject_id
        people.record(name, stated(), reason="first")
        act = people.add_evidence(name, Evidence(type=EvidenceType.OTHER, number="SIM-2"))
        wrong = people.record_life_event(name, LifeEvent(kind=LifeEventKind.INACTIVE), reason="no answer")
        people.annul_life_event(name, wrong, reason="answered")
        people.record_life_event(name, LifeEvent(kind=LifeEventKind.DEATH, evidence_id=act), reason="act of death")
    return subject.subject_id

"""Rules of retention as an engine carries them out: the dead and the rejected are forgotten, the held are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api import serving, wiring
from api.installation import open_installation
from api.rights.rounds import make_round
from biometrics.cases import CaseOutcome
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.life import LifeEvent, LifeEventKind
from biometrics.records import Actor, ActorRole, EncounterStatus, SubjectStatus
from biometrics.samples import now_utc
from enrollment.engine.local import LocalService, Owner
from registry.store import Registry
from tests.enrollment.encounters.people import record, samples
from tests.registry.adjudication import ADA, BEN, decide

BOSS = Actor(name="boss", role=ActorRole.SUPERVISOR)
RULES = """
[[retention]]
kept = "deceased_persons"
days = 30
basis = "arrêté simulé no 13"
approved_by = "directrice"
[[retention]]
kept = "rejected_encounters"
days = 30
basis = "arrêté simulé no 14"
[[retention]]
kept = "retired_encounters"
days = 30
basis = "arrêté simulé no 15"
"""


def days_pass(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let rounds and rules see a later day; the registry itself goes on writing the true one."""
    for place in ("api.rights.rounds", "enrollment.operations.rights_upkeep"):
        monkeypatch.setattr(f"{place}.now_utc", lambda: now_utc() + timedelta(days=days))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    installation = open_installation(tmp_path / "home", create=True)
    with serving.owned_registry(installation, create=True) as registry:
        galleries = wiring.open_galleries(registry, installation)
        yield serving.open_owner(galleries, registry, installation, lambda *_: None)


def dies(registry: Registry, person: str) -> None:
    died = LifeEvent(kind=LifeEventKind.DEATH, date=PartialDate(value="2024", precision=DatePrecision.YEAR))
    with registry.writing(BOSS) as writer:
        writer.people.record_life_event(writer.people.find(person), died, reason="acte de décès simulé")


def test_the_dead_and_the_rejected_are_forgotten_and_the_held_are_not(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, service = owner.registry, LocalService(owner)
    (registry.home / "rights.toml").write_text(RULES, encoding="utf-8")
    dead, held, living = (record(service, label, number) for number, label in enumerate(("dead", "held", "living"), 1))
    double = record(service, "fraud", 3, 1)
    assert double.case_id is not None
    for examiner in (ADA, BEN):
        decide(registry, examiner, double.case_id, CaseOutcome.FRAUD, living.subject_id)
    for person in ("dead", "held"):
        dies(registry, person)
    with registry.writing(BOSS) as writer:
        writer.rights.hold(held.subject_id, reason="inquiry", reference="act 12", until=None)
        samples_of = {one: writer.encounter(one).samples for one in (dead.encounter_id, double.encounter_id)}

    def status(subject_id: str) -> SubjectStatus:
        with registry.reading() as now:
            return now.subject(subject_id).status

    make_round(service.call, registry.home)
    assert status(dead.subject_id) is SubjectStatus.DECEASED
    days_pass(monkeypatch, 40)
    make_round(service.call, registry.home)
    assert (status(dead.subject_id), status(held.subject_id)) == (SubjectStatus.PURGED, SubjectStatus.DECEASED)
    with registry.reading() as now:
        assert now.encounter(double.encounter_id).status is EncounterStatus.RETIRED
        (erasure,) = now.rights.erasures()
        assert (erasure.basis, erasure.approved_by) == ("arrêté simulé no 13", "directrice")
    assert service.identify(samples("probe", 1, 9), 5).answer.positive is False
    days_pass(monkeypatch, 44)
    make_round(service.call, registry.home)
    with registry.reading() as now:
        assert now.encounter(double.encounter_id).samples == () and samples_of[double.encounter_id] != ()
        assert {one.rule for one in now.rights.retention_runs()} == {
            "deceased_persons",
            "rejected_encounters",
            "retired_encounters",
        }
    assert [one.label for one in service.identify(samples("probe", 2, 9), 5).subjects] == ["held"]
    assert [one.label for one in service.identify(samples("probe", 3, 9), 5).subjects] == ["living"]
    assert registry.check() == []

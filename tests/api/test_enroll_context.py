"""`kura enroll` records who met a person and where, and enrolls children who grew up under the label they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from api.command_line import BAD_INPUT, DONE, MISUSE
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.life import Guardian, GuardianRelation
from biometrics.people.names import PersonName
from biometrics.records import EncounterContext, Subject
from registry.rights.actions import NOTICE_GIVEN
from registry.store import Registry
from tests.api.conftest import Run
from tests.registry.people import new_encounter, new_subject
from tests.registry.statements import records, stated

CONTEXT = {
    "operator": "operator-1",
    "station": "station-2",
    "post": "post-3",
    "appointment": "A-4",
    "receipt": "R-5",
    "purpose": "visa",
}


def add_child(registry: Registry, child: Subject) -> None:
    """Record a child without biometrics, with a guardian."""
    guardian = Guardian(relation=GuardianRelation.PARENT, name=PersonName(family="Xhɛqŋ"))
    born = PartialDate(value="2020", precision=DatePrecision.YEAR)
    with registry.writing() as writer:
        writer.add_encounter(child, new_encounter(child), ())
        writer.people.record(child.subject_id, stated(birth_date=born))
        writer.people.add_guardian(child.subject_id, guardian, reason="a child")


def test_the_command_records_who_met_the_person(kura: Run, home: Path, people: Path) -> None:
    words = [word for name, value in CONTEXT.items() for word in (f"--{name}", value)]
    code, out, err = kura("enroll", people / "a.png", "--modality", "finger", *words, "--actor", "clerk")
    assert code == DONE, (out, err)
    with Registry.open(home) as registry:
        subject = registry.subjects()[0]
        assert registry.encounters(subject.subject_id)[0].context == EncounterContext(**CONTEXT)
        with registry.reading() as record:
            assert record.people.find("R-5") == subject.subject_id
        before = records(registry)
        code, out, _ = kura("enroll", people / "b.png", "--modality", "finger", "--receipt", "R-5")
        assert code == BAD_INPUT
        assert "another encounter has this receipt" in out
        assert records(registry) == before


def test_a_child_who_grew_up_is_enrolled_under_the_same_label(kura: Run, home: Path, people: Path) -> None:
    with Registry.open(home) as registry:
        child = replace(new_subject("a"), simulated=False)
        add_child(registry, child)
        code, out, err = kura("enroll", people / "a.png", "--modality", "finger")
        assert code == DONE, (out, err)
        assert len(registry.encounters(child.subject_id)) == 2
        assert len(registry.references(child.subject_id)) == 1
        assert registry.counts().subjects == 1
        before = records(registry)
        code, out, _ = kura("enroll", people / "b.png", "--modality", "finger", "--person", "a")
        assert (code, "enrolled already, with other samples" in out) == (BAD_INPUT, True)
        assert records(registry) == before
        assert registry.check() == []


def test_a_simulated_print_does_not_become_a_real_persons(kura: Run, home: Path, people: Path) -> None:
    with Registry.open(home) as registry:
        child = new_subject("a")
        add_child(registry, child)
        before = records(registry)
        code, out, _ = kura("enroll", people / "a.png", "--modality", "finger")
        assert (code, "and simulated" in out) == (BAD_INPUT, True)
        assert records(registry) == before


def test_the_notice_is_recorded_with_whom_it_was_given_to(kura: Run, home: Path, people: Path) -> None:
    enroll = ("enroll", people / "a.png", "--modality", "finger")
    assert kura(*enroll, "--notice", "enrollment")[0] == MISUSE
    assert kura("registry", "init")[0] == DONE
    (home / "rights.toml").write_text("[notices]\nrequired = true\n", encoding="utf-8")
    code, _, err = kura(*enroll)
    assert code == BAD_INPUT and "which notice" in err
    code, _, err = kura(*enroll, "--notice-language", "fr")
    assert code == DONE, err
    with Registry.open(home) as registry, registry.reading() as record:
        events = [one for one in registry.events() if one.action == NOTICE_GIVEN]
        (given,) = record.rights.notices([str(events[0].details["encounter_id"])])
    assert (given.notice, given.language) == ("enrollment", "fr")

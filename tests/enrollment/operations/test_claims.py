"""Claims about people: whose identifier it is, which attributes agree, and that nothing recorded comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.identifiers import IdentifierScheme
from biometrics.people.life import LifeEvent, LifeEventKind
from biometrics.people.record import Sex
from biometrics.records import Actor, ActorRole, EncounterStatus
from enrollment.operations.claims import CHECK_CLAIM, CheckClaim, CheckedClaim
from registry.store import Registry
from tests.registry.adjudication import pending_case
from tests.registry.people import enroll, new_encounter, new_references, new_subject
from tests.registry.statements import OPERATOR, fake_nina, simulated_number, stated

BANK = Actor(name="bank", role=ActorRole.SYSTEM, purpose="opening an account")
AWA = stated("Xhɛqŋ", "Vljɔ Ami", sex=Sex.FEMALE, nationality="MLI")
BORN = PartialDate(value="1974-03-05", precision=DatePrecision.DAY)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home") as opened:
        subject_id = enroll(opened, "awa").subject_id
        with opened.writing(OPERATOR) as writer:
            writer.people.record(subject_id, AWA, reason="enrolled")
            writer.people.give_number(subject_id, simulated_number(), reason="card")
        yield opened


def check(registry: Registry, asked: CheckClaim) -> CheckedClaim:
    return CHECK_CLAIM.perform(registry, BANK, asked)


def test_everything_stated_is_compared(registry: Registry) -> None:
    right = CheckClaim(
        identifier="awa", given="vljɔ  AMI", family="XHƐQŊ", birth_date=BORN, sex=Sex.FEMALE, nationality="MLI"
    )
    found = check(registry, right)
    assert (found.person, found.galleries) == ("awa", ("citizens",))
    assert found.agreed == dict.fromkeys(("given", "family", "birth_date", "sex", "nationality"), True)
    for wrong in (
        {"given": "Vljɔ"},
        {"family": "Xheqŋ"},
        {"birth_date": PartialDate(value="1974", precision=DatePrecision.YEAR)},
        {"sex": Sex.MALE},
        {"nationality": "FRA"},
    ):
        (name,) = wrong
        agreed = check(registry, replace(right, **wrong)).agreed
        assert [one for one, agrees in agreed.items() if not agrees] == [name]


def test_only_what_is_stated_is_answered(registry: Registry) -> None:
    assert check(registry, CheckClaim(identifier="awa")).agreed == {}
    assert check(registry, CheckClaim(identifier="awa", sex=Sex.MALE)).agreed == {"sex": False}


def test_nothing_agrees_with_a_person_who_stated_nothing(registry: Registry) -> None:
    enroll(registry, "silent", seed=3)
    assert check(registry, CheckClaim(identifier="silent", given="Vljɔ")).agreed == {"given": False}


@pytest.mark.parametrize(
    ("identifier", "scheme", "person"),
    [
        ("awa", None, "awa"),
        ("SIMULATED-1", IdentifierScheme.SIMULATED, "awa"),
        ("SIMULATED-1", IdentifierScheme.PASSPORT, None),
        ("SIMULATED-1", None, None),
        ("awa", IdentifierScheme.PASSPORT, None),
        ("nobody", None, None),
        ("", None, None),
        ("\x01", IdentifierScheme.OTHER, None),
    ],
)
def test_an_identifier_names_somebody_only_in_its_own_scheme(
    registry: Registry, identifier: str, scheme: IdentifierScheme | None, person: str | None
) -> None:
    assert check(registry, CheckClaim(identifier=identifier, scheme=scheme)).person == person


def test_a_nina_names_its_holder_however_it_is_grouped_until_it_ends(registry: Registry) -> None:
    with registry.writing(OPERATOR) as writer:
        subject_id = writer.people.find("awa")
        number_id = writer.people.give_number(subject_id, fake_nina(), reason="card")
    grouped = CheckClaim(identifier="000 0000 0000 000a")
    assert check(registry, grouped).person == "awa"
    with registry.writing(OPERATOR) as writer:
        writer.people.end_number(subject_id, number_id, reason="lost")
    assert check(registry, grouped).person is None


def test_who_is_in_no_gallery_of_the_client_is_unknown_to_it(registry: Registry) -> None:
    seen = CheckClaim(identifier="awa", galleries=frozenset({"citizens", "visa_applicants"}))
    assert check(registry, seen).galleries == ("citizens",)
    for galleries in (frozenset({"visa_applicants"}), frozenset[str]()):
        assert check(registry, CheckClaim(identifier="awa", galleries=galleries)).person is None


def test_who_waits_for_a_verdict_is_nobody(registry: Registry) -> None:
    awa = check(registry, CheckClaim(identifier="awa")).subject_id
    assert awa is not None
    pending_case(registry, "waiting", awa)
    assert check(registry, CheckClaim(identifier="waiting")).person is None


def test_who_was_rejected_is_nobody(registry: Registry) -> None:
    subject = new_subject("rejected")
    with registry.writing() as writer:
        rejected = new_encounter(subject, status=EncounterStatus.REJECTED)
        writer.add_encounter(subject, rejected, new_references(subject, 5))
    assert check(registry, CheckClaim(identifier="rejected")).person is None


def test_an_encounter_that_is_out_of_use_gives_nobody_an_identity(registry: Registry) -> None:
    encounter = enroll(registry, "away", seed=7)
    with registry.writing() as writer:
        writer.documents.add(encounter.encounter_id, name="one", document="{}", in_use=True)
    assert check(registry, CheckClaim(identifier="away")).person == "away"
    with registry.writing() as writer:
        writer.documents.update(encounter.encounter_id, in_use=False)
    assert check(registry, CheckClaim(identifier="away")).person is None


def test_the_dead_verify_nothing(registry: Registry) -> None:
    died = LifeEvent(kind=LifeEventKind.DEATH, date=PartialDate(value="2024", precision=DatePrecision.YEAR))
    with registry.writing(OPERATOR) as writer:
        writer.people.record_life_event(writer.people.find("awa"), died, reason="death act")
    assert check(registry, CheckClaim(identifier="awa")).person is None


def test_the_trail_tells_who_asked_about_whom_and_why_and_never_what(registry: Registry) -> None:
    subject_id = check(registry, CheckClaim(identifier="awa", given="Vljɔ", sex=Sex.FEMALE)).subject_id
    check(registry, CheckClaim(identifier="SIMULATED-9", family="Nobody"))
    known, unknown = registry.events()[-2:]
    assert (known.action, known.subject_id, known.actor) == ("person.verified", subject_id, BANK)
    assert (unknown.subject_id, unknown.actor) == (None, BANK)
    assert known.details == {"persons": 1, "stated": ["given", "sex"], "agreed": ["sex"]}
    assert unknown.details == {"persons": 0, "stated": ["family"], "agreed": []}

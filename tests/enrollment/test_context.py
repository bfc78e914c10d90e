"""Who met a person, where and why, as manifests say it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.errors import ManifestError, RecordConflictError
from biometrics.records import EncounterContext
from enrollment.context import COLUMNS, filled, joined, stated_context
from enrollment.intake import gather
from registry.store import Registry
from tests.enrollment.fakes import write_pictures
from tests.registry.people import enroll, new_encounter, new_references, new_subject

CONTEXT = EncounterContext(
    operator="operator-1", station="station-2", post="post-3", appointment="A-4", receipt="R-5", purpose="visa"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "people", [("a", 1, 0), ("b", 2, 0), ("c", 3, 0)])
    return tmp_path / "people"


def manifest(folder: Path, *lines: dict[str, str]) -> Path:
    path = folder / "people.jsonl"
    path.write_text("".join(json.dumps({"modality": "finger", **line}) + "\n" for line in lines), encoding="utf-8")
    return path


def test_lines_of_one_person_tell_its_context_together(folder: Path) -> None:
    path = manifest(
        folder,
        {"person": "p", "path": "a.png", "receipt": "R-5", "post": " post-3 "},
        {"person": "p", "path": "b.png", "receipt": "R-5", "operator": "operator-1"},
        {"person": "q", "path": "c.png"},
    )
    met = {one.label: one.context for one in gather([path]).submissions}
    assert met == {
        "p": EncounterContext(receipt="R-5", post="post-3", operator="operator-1"),
        "q": EncounterContext(),
    }


@pytest.mark.parametrize(
    ("receipt", "said"),
    [("R-6", "the receipt is another"), ("x" * 10_000, "longer than"), ("a\u202eb", "direction"), ("a\nb", "control")],
)
def test_a_context_that_cannot_be_right_refuses_its_person_alone(folder: Path, receipt: str, said: str) -> None:
    path = manifest(
        folder,
        {"person": "p", "path": "a.png", "receipt": "R-5"},
        {"person": "p", "path": "b.png", "receipt": receipt},
        {"person": "q", "path": "c.png"},
    )
    intake = gather([path])
    assert [one.label for one in intake.submissions] == ["q"]
    assert said in intake.refused[0].error.message
    assert intake.refused[0].error.source == f"{path}:2"


def test_what_a_manifest_says_counts_more_than_the_command() -> None:
    own = EncounterContext(post="post-9")
    assert filled(own, CONTEXT) == replace(CONTEXT, post="post-9")
    assert joined(own, EncounterContext(station="s")) == EncounterContext(post="post-9", station="s")
    assert stated_context({name: getattr(CONTEXT, name) for name in COLUMNS}) == CONTEXT
    assert stated_context({"post": " "}) == EncounterContext()


def test_several_persons_share_no_receipt_and_no_appointment(folder: Path) -> None:
    intake = gather([folder])
    for context in (EncounterContext(receipt="R-5"), EncounterContext(appointment="A-4")):
        with pytest.raises(ManifestError, match="several persons"):
            intake.met(context)
    assert {one.context for one in intake.met(EncounterContext(post="post-3")).submissions} == {
        EncounterContext(post="post-3")
    }


def test_the_registry_refuses_a_receipt_that_was_handed_out(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        first, subject = enroll(registry, "first"), new_subject("second")
        encounter = replace(new_encounter(subject), context=EncounterContext(receipt="R-5"))
        with registry.writing() as writer:
            writer.add_encounter(subject, encounter, new_references(subject))
        known = registry.subject(first.subject_id)
        again = replace(new_encounter(known), context=EncounterContext(receipt="R-5"))
        with pytest.raises(RecordConflictError, match="has this receipt") as raised, registry.writing() as writer:
            writer.add_encounter(known, again, ())
        assert raised.value.source == encounter.encounter_id

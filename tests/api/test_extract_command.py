"""`kura registry extract`: what it says, and what import and status say of pictures that wait."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.command_line import DONE, MISUSE
from api.verbs.registry_steps import extract
from tests.api.conftest import Run
from tests.enrollment.fakes import BLANK, picture
from tests.registry.transfer.without_templates import without_templates

NOTHING = "0 references made of pictures that had none\n"


def two_captures(number: int) -> bytes:
    """Return the picture of a person; those of the first show nothing."""
    return picture(number % 1000 or BLANK, number // 1000)


@pytest.fixture
def imported(kura: Run, home: Path) -> str:
    code, out, err = kura("registry", "import", without_templates(home, (0, 1, 2), two_captures))
    assert code == DONE, err
    return out


def test_an_import_says_what_waits(kura: Run, imported: str) -> None:
    assert "6 pictures without templates: make them searchable with kura registry extract\n" in imported
    assert "waiting pictures: 6\nunusable pictures: 0\n" in kura("registry", "status")[1]


def test_people_are_found_afterwards(kura: Run, imported: str, tmp_path: Path) -> None:
    code, out, err = kura("registry", "extract")
    assert (code, out) == (
        DONE,
        "4 references made of pictures that had none\n"
        "2 pictures tried now and cannot be used\n"
        "not searched, by person (--again tries them again):\n"
        "  SIM-000 (simulated), right_index: blank_print\n"
        "  SIM-000 (simulated), right_index: blank_print\n"
        "nobody was compared with anybody: find duplicates with kura dedup run\n",
    ), err
    status = json.loads(kura("registry", "status", "--json")[1])
    assert (status["waiting_pictures"], status["unusable_pictures"], status["references"]) == (0, 2, 4)
    (tmp_path / "probe.png").write_bytes(picture(2, 7))
    found = json.loads(kura("identify", tmp_path / "probe.png", "--modality", "finger", "--json")[1])
    assert [one["person"] for one in found["candidates"]] == ["SIM-002"]
    assert kura("registry", "check")[1] == "the registry is whole\n"


def test_what_cannot_be_used_is_tried_again_only_when_asked(kura: Run, imported: str) -> None:
    kura("registry", "extract")
    again = json.loads(kura("registry", "extract", "--json")[1])
    assert (again["made"], again["unusable"], len(again["left_out"])) == (0, 0, 2)
    again = json.loads(kura("registry", "extract", "--again", "--json")[1])
    assert (again["made"], again["unusable"], again["waiting"]) == (0, 2, 0)
    assert {one["reason"] for one in again["left_out"]} == {"blank_print"}


def test_a_long_list_is_cut_in_text_and_whole_in_json(
    kura: Run, imported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "_MOST_LISTED", 1)
    monkeypatch.setattr(extract, "_AT_ONCE", 1)
    out = kura("registry", "extract")[1]
    assert (out.count("blank_print"), "  and more; --json names all\n" in out) == (1, True)
    assert len(json.loads(kura("registry", "extract", "--json")[1])["left_out"]) == 2


def test_a_part_can_be_done(kura: Run, imported: str) -> None:
    out = kura("registry", "extract", "--limit", 3)[1]
    assert "3 pictures still to be tried: run the same command again\n" in out
    assert kura("registry", "extract", "--limit", 0)[0] == MISUSE


def test_where_nothing_waits_nothing_is_done(kura: Run, people: Path) -> None:
    assert kura("enroll", people, "--modality", "finger")[0] == DONE
    before = json.loads(kura("registry", "status", "--json")[1])
    assert kura("registry", "extract")[:2] == (DONE, NOTHING)
    after = json.loads(kura("registry", "status", "--json")[1])
    assert (after["changes"], after["references"]) == (before["changes"], before["references"])


def test_who_reads_the_list_is_named_in_the_trail(kura: Run, imported: str) -> None:
    kura("registry", "extract", "--actor", "extractor-1", "--purpose", "moving house")
    events = json.loads(kura("registry", "events", "--json")[1])
    told = {(one["action"], one["actor"]) for one in events if one["actor"] == "extractor-1"}
    assert {("references.added", "extractor-1"), ("person.listed", "extractor-1")} <= told

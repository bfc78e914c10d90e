"""`kura registry receipts`: whoever holds a receipt and is not recorded is named by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, NEGATIVE
from tests.api.conftest import Run


@pytest.fixture
def issued(kura: Run, people: Path, tmp_path: Path) -> Path:
    for name, post in (("a", "bamako"), ("b", "paris")):
        words = ("--modality", "finger", "--person", name, "--receipt", f"R-{name}", "--post", post)
        assert kura("enroll", people / f"{name}.png", *words)[0] == DONE
    path = tmp_path / "receipts.csv"
    path.write_text("receipt,post\nR-a,bamako\nR-b,bamako\nR-c,paris\nR-d,\n")
    return path


def test_receipts_without_an_encounter_are_listed_by_post(kura: Run, issued: Path) -> None:
    code, out, _ = kura("registry", "receipts", issued, "--json")
    assert code == NEGATIVE
    assert json.loads(out) == {
        "receipts": 4,
        "recorded": 2,
        "missing": {"": ["R-d"], "paris": ["R-c"]},
        "recorded_at_another_post": {"bamako": ["R-b"]},
    }
    assert "missing, paris: R-c" in kura("registry", "receipts", issued)[1]


def test_nothing_is_missing_when_all_are_recorded(kura: Run, issued: Path) -> None:
    issued.write_text("receipt\nR-a\nR-b\nR-a\n")
    assert kura("registry", "receipts", issued)[:2] == (DONE, "2 of 2 receipts recorded\n")
    events = json.loads(kura("registry", "events", "--json", "--action", "receipts.reconciled")[1])
    assert [event["details"]["receipts"] for event in events] == [2]


@pytest.mark.parametrize(
    "content", [b"", b"number\nR-a\n", b"receipt,post,name\nR-a,x,y\n", b"receipt\n \n", b"receipt\nR-a,b\n", b"\xff"]
)
def test_other_files_are_refused(kura: Run, issued: Path, content: bytes) -> None:
    issued.write_bytes(content)
    code, _, error = kura("registry", "receipts", issued)
    assert code == BAD_INPUT and "receipts.csv" in error


def test_a_missing_file_is_refused(kura: Run, issued: Path) -> None:
    assert kura("registry", "receipts", issued.with_name("none.csv"))[0] == BAD_INPUT

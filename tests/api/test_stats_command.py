"""What `kura registry stats`, `events` and `persons` show, and the events that showing leaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from biometrics.records import Actor
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.registry.people import enroll


@pytest.fixture
def busy(home: Path) -> Path:
    """Return a home where one operator of four rejects nearly everybody."""
    (home).mkdir(parents=True, exist_ok=True)
    with Registry.open(home) as registry:
        enroll(registry, "one")
        with registry.writing() as writer:
            for number in range(120):
                with writer.attempt(Actor(name=f"operator-{number % 4}", post=("paris", "lyon")[number % 2])):
                    writer.append_event("enrolled", None, {"outcome": "unique"})
                    if number % 4 == 3:
                        writer.append_event("not_enrolled", None, {"reasons": ["no_face"]})
    return home


def test_figures_are_told_apart_as_asked(kura: Run, busy: Path) -> None:
    code, out, err = kura("registry", "stats", "--by", "post", "--json")
    document = json.loads(out)
    assert code == DONE, err
    assert (document["total"]["enrolled"], document["total"]["rejections"]["count"]) == (120, 30)
    assert {one["post"]: one["enrolled"] for one in document["parts"]} == {"": 0, "lyon": 60, "paris": 60}
    days = json.loads(kura("registry", "stats", "--by", "day", "--operator", "operator-3", "--json")[1])["parts"]
    assert [one["enrolled"] for one in days] == [30]
    nothing = json.loads(kura("registry", "stats", "--from", "2020-01-01", "--to", "2020-12-31", "--json")[1])
    assert (nothing["total"]["counts"], nothing["total"]["rejections"], nothing["alarms"]) == ({}, None, [])


def test_whom_to_ask_is_said(kura: Run, busy: Path) -> None:
    (alarm,) = json.loads(kura("registry", "stats", "--json")[1])["alarms"]
    assert (alarm["operator"], alarm["of"], alarm["share"]["of"]) == ("operator-3", "rejections", 60)
    out = kura("registry", "stats", "--by", "operator")[1]
    assert "ALARM  operator operator-3: rejections 30 of 60, 50.0%" in out
    assert "no case waits" in out and "operator-0" in out
    assert json.loads(kura("registry", "stats", "--operator", "operator-1", "--json")[1])["alarms"] == []


def test_who_asked_is_on_the_trail(kura: Run, busy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_ACTOR", "auditor-1")
    kura("registry", "stats", "--purpose", "yearly report")
    kura("registry", "persons", "--actor", "clerk-2")
    last = json.loads(kura("registry", "events", "--json", "--since", "100")[1])[-2:]
    assert [(one["action"], one["actor"], one["purpose"]) for one in last] == [
        ("statistics.read", "auditor-1", "yearly report"),
        ("person.listed", "clerk-2", None),
    ]
    by = json.loads(kura("registry", "events", "--json", "--by", "auditor-1")[1])
    assert [one["action"] for one in by] == ["statistics.read", "trail.read"]


def test_lists_go_on_where_a_page_ended(kura: Run, busy: Path) -> None:
    assert kura("registry", "events", "--limit", "2")[1].endswith("there may be more: go on with --since 2\n")
    today = datetime.now(UTC).date().isoformat()
    assert json.loads(kura("registry", "events", "--json", "--since", today, "--limit", "1")[1])[0]["sequence"] == 1
    (person,) = json.loads(kura("registry", "persons", "--json", "--limit", "1")[1])
    shown = kura("registry", "persons", "--limit", "1")[1]
    assert shown.endswith(f"there may be more: go on with --after {person['subject_id']}\n")
    assert kura("registry", "persons", "--after", person["subject_id"])[1] == "none\n"


def test_status_counts_nothing_again(kura: Run, busy: Path) -> None:
    status = json.loads(kura("registry", "status", "--json")[1])
    assert (status["subjects"], status["simulated_subjects"], status["samples"], status["references"]) == (1, 1, 2, 2)
    assert "models" not in status
    assert set(json.loads(kura("registry", "status", "--models", "--json")[1])["models"].values()) == {1}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("stats", "--from", "2026-02-30"), MISUSE, "'2026-02-30' is no day"),
        (("stats", "--by", "moon"), MISUSE, "invalid choice"),
        (("stats", "--from", "2026-02-02", "--to", "2026-02-01"), BAD_INPUT, "the last day is before the first"),
        (("events", "--since", "yesterday"), MISUSE, "'yesterday' is neither a number nor a day"),
        (("events", "--since", "2026-13-01"), MISUSE, "'2026-13-01' is neither a number nor a day"),
        (("stats", "--actor", "two\nlines"), BAD_INPUT, "the name of who acts cannot be recorded"),
    ],
)
def test_what_makes_no_sense_is_refused(kura: Run, busy: Path, words: tuple[str, ...], code: int, said: str) -> None:
    answer = kura("registry", *words)
    assert (answer[0], said in answer[2]) == (code, True), answer[2]


def test_an_unknown_gallery_is_refused(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    code, _, err = kura("registry", "stats", "--gallery", "nosuch")
    assert code == BAD_INPUT and "nosuch" in err

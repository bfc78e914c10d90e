"""`kura audit`: what it tells, proves and exports, and that somebody else can verify it with public keys alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.audit_settings import AuditSettings
from api.command_line import BAD_INPUT, DONE, MISUSE, NEGATIVE
from api.installation import open_installation
from api.settings import write_settings
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.registry.raw import tamper


@pytest.fixture
def sink(home: Path, tmp_path: Path) -> Path:
    """Let the installation anchor its log in a file elsewhere."""
    path = tmp_path / "elsewhere" / "anchors.jsonl"
    path.parent.mkdir()
    settings = open_installation(home, create=True).settings
    write_settings(home, replace(settings, audit=AuditSettings(sink_file=str(path))))
    return path


@pytest.fixture
def recorded(kura: Run, sink: Path, people: Path) -> Path:
    enrolled(kura, people)
    return sink


@pytest.fixture
def key(home: Path, recorded: Path, tmp_path: Path) -> Path:
    """Return a file with the public keys, as kept elsewhere."""
    path = tmp_path / "keys.json"
    with Registry.open(home) as registry:
        path.write_text(json.dumps(registry.signing.trusted().document()))
    return path


def test_a_command_leaves_its_log_anchored(kura: Run, recorded: Path) -> None:
    code, out, _ = kura("audit", "status", "--json")
    state = json.loads(out)
    assert code == DONE
    assert state["sinks"] == [str(recorded)] and state["anchors"] == 1 and state["waiting"] == 0
    assert len(recorded.read_text().splitlines()) == 1
    assert "anchor 1 of" in kura("audit", "status")[1]


def test_the_registry_is_verified_with_its_anchors(kura: Run, recorded: Path, home: Path) -> None:
    code, out, _ = kura("audit", "verify", "--anchors", recorded)
    assert code == DONE and "the log is whole" in out
    with Registry.open(home) as registry:
        tamper(registry, "UPDATE audit_events SET action = 'nothing' WHERE sequence = 2")
    code, out, _ = kura("audit", "verify", "--anchors", recorded, "--json")
    found = json.loads(out)
    assert code == BAD_INPUT
    assert "event 2 is not what was written" in found["faults"]
    assert any(fault.startswith("anchor 1 is of other events") for fault in found["faults"])


def test_an_export_is_verified_by_somebody_else(kura: Run, recorded: Path, key: Path, tmp_path: Path) -> None:
    export = tmp_path / "log.jsonl"
    code, out, _ = kura("audit", "export", export, "--json")
    assert code == DONE and json.loads(out)["events"] == len(export.read_text().splitlines()) - 1
    checking = ("audit", "verify", "--export", export, "--anchors", recorded, "--key", key, "--home", tmp_path / "no")
    assert kura(*checking)[0] == DONE
    assert kura("audit", "verify", "--export", export)[0] == MISUSE
    recorded.write_text("")
    code, out, _ = kura(*checking)
    assert code == BAD_INPUT and "FAULT  anchor 1, of which event" in out
    assert kura("audit", "export", export)[0] == BAD_INPUT


def test_an_event_is_proved_to_somebody_else(kura: Run, recorded: Path, key: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    assert kura("audit", "prove", 1, proof)[0] == DONE
    code, out, _ = kura("audit", "check-proof", proof, "--key", key, "--json")
    assert code == DONE and json.loads(out)["entry"]["sequence"] == 1
    document = json.loads(proof.read_text())
    proof.write_text(json.dumps(document | {"entry": document["entry"].replace("system", "nobody")}))
    if json.loads(proof.read_text())["entry"] == document["entry"]:
        proof.write_text(json.dumps(document | {"sequence": 2}))
    code, out, _ = kura("audit", "check-proof", proof, "--key", key)
    assert code == BAD_INPUT and "the event is not in the log" in out
    assert kura("audit", "prove", 99999, proof)[0] == BAD_INPUT
    assert kura("audit", "check-proof", proof)[0] == MISUSE


def test_a_sink_that_is_away_is_told_and_the_log_waits(kura: Run, recorded: Path, people: Path) -> None:
    recorded.rename(recorded.with_name("kept"))
    recorded.parent.rename(recorded.parent.with_name("away"))
    assert kura("person", "find", "--name", "nobody")[0] in (DONE, NEGATIVE)
    code, out, _ = kura("audit", "anchor")
    assert code == BAD_INPUT
    code, out, _ = kura("audit", "status")
    assert code == NEGATIVE and "FAILING" in out
    recorded.parent.with_name("away").rename(recorded.parent)
    recorded.with_name("kept").rename(recorded)
    assert kura("audit", "anchor")[0] == DONE
    assert kura("audit", "verify", "--anchors", recorded)[0] == DONE


def test_without_a_sink_it_is_said(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    assert "no second sink is set" in kura("audit", "status")[1]
    code, _, err = kura("audit", "anchor")
    assert code == BAD_INPUT and "anchored nowhere" in err


def test_a_refusal_by_role_is_in_the_log(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    (case,) = json.loads(kura("case", "list", "--json")[1])[:1]
    words = ("case", "explain", case["case_id"], "--role", "examiner", "--actor", "nosy")
    assert kura(*words)[0] == BAD_INPUT
    events = json.loads(kura("registry", "events", "--action", "access.denied", "--json")[1])
    assert [(one["actor"], one["role"], one["details"]) for one in events] == [
        (
            "nosy",
            "examiner",
            {
                "case_id": case["case_id"],
                "count": 1,
                "operation": "case.explain",
                "reason": "CaseForbiddenError",
            },
        )
    ]

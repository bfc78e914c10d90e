"""`kura rights` as officers meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE
from tests.api.conftest import enrolled

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def town(kura: Run, people: Path) -> Run:
    """Return the command, with some people enrolled."""
    enrolled(kura, people)
    return kura


def read(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert code == DONE, err
    return json.loads(out)


def ask(kura: Run, kind: str, person: str = "a") -> str:
    words = ("rights", "request", kind, person, "--identity", "document", "--asked", "ma demande", "--json")
    return str(read(kura(*words))["request_id"])


def test_a_request_waits_and_is_answered_by_a_supervisor(town: Run) -> None:
    request_id = ask(town, "access")
    assert [one["request_id"] for one in read(town("rights", "list", "--json"))] == [request_id]
    refuse = ("rights", "answer", request_id, "refused", "--answer", "non")
    assert town(*refuse)[0] == BAD_INPUT
    assert town(*refuse, "--role", "operator", "--approver", "b")[0] == BAD_INPUT
    assert "refused" in town(*refuse, "--actor", "a", "--approver", "b")[1]
    assert read(town("rights", "list", "--json")) == []
    assert [one["decision"] for one in read(town("rights", "show", "a", "--json"))["requests"]] == ["refused"]


def test_an_export_is_written_where_asked(town: Run, tmp_path: Path) -> None:
    written = (tmp_path / "access.pdf", tmp_path / "access.json")
    code, out, _ = town("rights", "export", "a", "--pdf", written[0], "--data", written[1])
    assert code == DONE and out.count("written: ") == 2
    assert written[0].read_bytes().startswith(b"%PDF-")
    document = json.loads(written[1].read_text(encoding="utf-8"))
    assert document["data"]["persons"][0]["person"] == "a"
    assert town("sign", "keys", "--out", tmp_path / "keys.json")[0] == DONE
    verify = ("sign", "verify", written[1], "--as", "exports", "--keys", tmp_path / "keys.json")
    assert town(*verify)[0] == DONE
    text = written[1].read_text(encoding="utf-8")
    for edited in (text.replace('"person": "a"', '"person": "b"'), text.replace("{", '{"title": "x",', 1)):
        assert edited != text
        written[1].write_text(edited, encoding="utf-8")
        assert town(*verify)[0] == BAD_INPUT
    assert "# Données enregistrées à votre sujet" in town("rights", "export", "a")[1]


def test_a_lock_and_its_end(town: Run, tmp_path: Path) -> None:
    placed = read(town("rights", "lock", "a", "--reason", "contestée", "--json"))
    assert "kept and not used" in town("person", "show", "a")[2]
    assert town("person", "show", "a", "--role", "supervisor")[0] == DONE
    stated = tmp_path / "stated.json"
    stated.write_text('{"names": [{"kind": "current", "family": "SIMULATED", "given": "Awa"}]}', encoding="utf-8")
    code, _, err = town("person", "correct", "a", stated, "--reason", "contestée", "--role", "supervisor")
    assert code == DONE, err
    listed = [one["person"] for one in read(town("registry", "persons", "--json"))]
    assert "a" not in listed and f"withheld/{placed['subject_id']}" in listed and "b" in listed
    lift = ("rights", "lift", placed["restriction_id"], "--reason", "corrigée", "--actor", "x")
    assert town(*lift, "--approver", "x")[0] == BAD_INPUT
    assert town(*lift, "--approver", "y")[0] == DONE
    assert town("person", "show", "a")[0] == DONE


def test_an_erasure_answers_its_request_and_leaves_a_certificate(town: Run, tmp_path: Path) -> None:
    hold = read(town("rights", "hold", "b", "--reference", "acte 12", "--reason", "enquête", "--json"))
    erase = ("rights", "erase", "b", "--basis", "loi", "--actor", "x", "--approver", "y")
    request_id = ask(town, "erasure", "b")
    assert "legal hold" in town(*erase)[2]
    town("rights", "release", hold["hold_id"], "--reason", "close", "--actor", "x", "--approver", "y")
    assert "approves" in town("rights", "erase", "b", "--basis", "loi", "--actor", "x", "--approver", "X")[2]
    certificate = tmp_path / "certificate.json"
    done = read(town(*erase, "--request", request_id, "--certificate", certificate, "--json"))
    assert done["state"] == "done" and json.loads(certificate.read_text()) == done
    assert read(town("rights", "list", "--json")) == []
    listed = tmp_path / "erased.json"
    assert "done" in town("rights", "erasures", "--finish", "--list-to", listed)[1]
    assert (
        "0 persons erased again, 1 were not there" in town("rights", "reapply-erasures", listed, "--approver", "y")[1]
    )
    assert town("person", "show", "b")[0] == BAD_INPUT
    assert town("registry", "check")[0] == DONE


def test_rules_of_retention_are_counted_before_they_run(town: Run, home: Path) -> None:
    assert town("rights", "retention")[1] == "none\n"
    rule = "[[retention]]\nkept = 'retired_encounters'\ndays = 30\nbasis = 'arrêté'\n"
    (home / "rights.toml").write_text(rule, encoding="utf-8")
    assert town("rights", "retention")[1] == "retired_encounters, 30 days: 0 forgotten, 0 due\n"
    assert town("rights", "retention", "--run")[0] == DONE
    (home / "rights.toml").write_text("[nothing]\n", encoding="utf-8")
    assert town("rights", "retention")[0] == BAD_INPUT


def test_the_register_and_the_notices_are_printed(town: Run, tmp_path: Path) -> None:
    assert "# Registre des traitements" in town("rights", "register", "--pdf", tmp_path / "r.pdf")[1]
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert len(read(town("rights", "notices", "--json"))) == 3
    (encounter,) = read(town("person", "show", "a", "--json"))["encounters"]
    give = ("rights", "notices", "--encounter", encounter["encounter"])
    assert town(*give)[0] == MISUSE
    assert town(*give, "--language", "fr")[0] == DONE
    assert "no gateway" in town("rights", "notify")[1]


def test_the_reasoning_of_answers_is_asked_for_by_person_or_number(town: Run, people: Path) -> None:
    images = sorted(one for one in people.rglob("*") if one.suffix in (".png", ".jpg", ".bmp"))
    town("verify", images[0], "--person", "b", "--purpose", "control")
    town("identify", images[0])
    results = read(town("rights", "explain", "b", "--json"))
    assert "La réponse a été" in str(results[0]["paragraphs"])
    code, out, _ = town("rights", "explain", "b", "--event", results[0]["event"], "--language", "en")
    assert code == DONE and "control" in out and "The answer was" in out
    assert town("rights", "explain")[0] == MISUSE
    assert town("rights", "explain", "--event", results[0]["event"])[0] == BAD_INPUT
    assert town("rights", "explain", "a", "--event", 1)[0] == BAD_INPUT

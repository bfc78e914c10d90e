"""Failures that nobody foresaw, and commands that refuse what they read, say nothing of whom it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.serve.logs import log_as_json
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.samples import BiometricSample
from enrollment.preparation import Extractors
from registry.people_writing import PeopleWriter
from tests.api.conftest import Run
from tests.api.http.fixtures import InProcess
from tests.databases import give_database
from tests.enrollment.fakes import FakeExtractor, fake_extractors
from tests.leaks.deposits import Deposit
from tests.leaks.scanner import find, find_in

SCOPES = "abis.encounter.write abis.identify kura.persons.read kura.persons.write"


class Broken(FakeExtractor):
    """Fails as a library would, with what it was given in its words."""

    words = ""

    def extract(self, sample: BiometricSample) -> Extraction:
        raise ValueError(f"cannot broadcast {self.words} {sample.pixels.tobytes()[:200]!r}")


@pytest.mark.parametrize("where", ["extractor", "registry"])
def test_an_unforeseen_failure_tells_nothing(
    where: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = Deposit()
    canaries = deposit.canaries()
    monkeypatch.setattr(Broken, "words", f"{deposit.given} {deposit.family} {deposit.number}")
    extractors = fake_extractors()
    if where == "extractor":
        extractors = Extractors(finger=Broken(modality=Modality.FINGER), face=extractors.face)
    log_as_json()
    with (
        InProcess(tmp_path / "home", extractors=extractors, server={"log_requests": True}) as served,
        served.client(SCOPES, sub="x", role="supervisor", purpose="tests") as client,
    ):
        if where == "registry":

            def broken(*given: object, **_: object) -> None:
                raise RuntimeError(f"constraint failed: {given!r} {deposit.family}")

            monkeypatch.setattr(PeopleWriter, "record", broken)
        path = f"/osia/abis/v1/persons/{deposit.label}/encounters"
        answer = client.post(path, params={"transactionId": "t"}, json=deposit.encounter())
    assert answer.status_code == 500, answer.text
    written = capfd.readouterr()
    assert "request_failed" in written.err
    for place, text in (("answer", answer.text), ("log", written.err), ("output", written.out)):
        assert find_in(text.encode(), canaries, place) == []


def test_refused_lines_of_an_import_are_named_without_what_they_say(
    home: Path, tmp_path: Path, kura: Run, make_lines: Callable[[Deposit], list[object]]
) -> None:
    deposit = Deposit()
    lines, report = tmp_path / "people.jsonl", tmp_path / "refused.jsonl"
    home.mkdir()
    give_database(home)
    assert kura("registry", "init")[0] == 0
    lines.write_text("".join(f"{json.dumps(one)}\n" for one in make_lines(deposit)) + f'{{"label": "{deposit.family}\n')
    code, out, err = kura("registry", "import", lines, "--errors", report)
    assert code != 0
    assert report.read_text()
    for place, text in (("output", out), ("messages", err), ("report", report.read_text())):
        assert find_in(text.encode(), deposit.canaries(), place) == []
    assert [leak for leak in find(home, deposit.canaries()) if "protection.key" not in leak.place] == []


@pytest.fixture
def make_lines() -> Callable[[Deposit], list[object]]:
    """Return what makes lines of which each is refused, with a canary in it."""

    def made(deposit: Deposit) -> list[object]:
        record = {"names": [{"family": deposit.family, "given": deposit.given}]}
        return [
            {"label": "a", "record": record | {"sex": deposit.given}},
            {"label": "b", "record": record | {deposit.family: 1}},
            {"label": "c", "record": record | {"birth_date": {"value": deposit.number, "precision": "day"}}},
            {"label": "d", "record": record, "numbers": [{"scheme": "nina", "value": deposit.number}]},
            {"label": [deposit.label], "record": record},
            {"label": "e", deposit.number: record},
            {"label": "f", "record": record, "status": deposit.family},
            {"label": "g", "record": record, "encounters": [{"samples": [{"sha256": deposit.label}]}]},
            [deposit.family],
        ]

    return made

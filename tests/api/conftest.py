"""The command with fake extractors, so that no model is needed, and some people to enroll."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import wiring
from api.command_line import DONE, main
from tests.enrollment.fakes import fake_extractors, write_pictures

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def kura(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("KURA_HOME", str(home))
    monkeypatch.setattr(wiring, "load_extractors", lambda *_: fake_extractors())

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


@pytest.fixture
def people(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "people", [("a", 1, 0), ("b", 2, 0), ("c", 3, 0), ("a_again", 1, 7)])
    return tmp_path / "people"


def enrolled(kura: Run, people: Path) -> dict[str, Any]:
    code, out, _ = kura("enroll", people, "--modality", "finger", "--json")
    assert code == DONE
    document: dict[str, Any] = json.loads(out)
    return document

"""Printed commands: the program as it was called, and paths that a shell and the command read as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from api.shell import program, word


@pytest.mark.parametrize(
    ("called", "on_path", "expected"),
    [
        (".venv/bin/kura", None, ".venv/bin/kura"),
        ("./kura", None, "./kura"),
        ("my env/bin/kura", None, "'my env/bin/kura'"),
        ("/usr/lib/pytest/__main__.py", None, "kura"),
    ],
)
def test_commands_are_printed_as_they_were_called(
    called: str, on_path: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called])
    monkeypatch.setattr("shutil.which", lambda _: on_path)
    assert program() == expected


def test_a_command_on_the_path_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = tmp_path / "bin" / "kura", tmp_path / "other" / "kura"
    for path in (ours, other):
        path.parent.mkdir()
        path.write_text("")
    monkeypatch.setattr("sys.argv", [str(ours)])
    monkeypatch.setattr("shutil.which", lambda _: str(ours))
    assert program() == "kura"
    monkeypatch.setattr("shutil.which", lambda _: str(other))
    assert program() == str(ours)


@pytest.mark.parametrize("name", ["plain", "two words", "it's", "$HOME", "-x", "--home", "a;b", "deep/-x"])
def test_a_path_is_one_word_and_no_option(name: str) -> None:
    text = word(Path(name))
    read = subprocess.run(["sh", "-c", f"printf %s {text}"], capture_output=True, text=True, check=True).stdout
    assert Path(read) == Path(name)
    assert not read.startswith("-")

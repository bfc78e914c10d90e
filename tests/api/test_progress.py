"""Progress stays on standard error, and what a command prints stays on standard output."""

from __future__ import annotations

import io

import pytest

from api.progress import progress_display


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_printed_beside_bars_reach_the_file_that_output_is_sent_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_display() as progress:
        progress(1, 2, "enrolling")
        print("P-0001: unique")
    assert capsys.readouterr().out == "P-0001: unique\n"
    assert "P-0001" not in terminal.getvalue()
    assert "enrolling" in terminal.getvalue()

"""Progress stays on standard error, and what a command prints stays on standard output."""

from __future__ import annotations

import io

import pytest

from api.progress import duration, progress_display


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


def test_lines_tell_how_fast_it_goes_without_what_was_done_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 0.0, 20.0, 25.0, 40.0])
    monkeypatch.setattr("api.progress.time.monotonic", lambda: next(clock))
    with progress_display() as progress:
        for done in (1_000_000, 2_000_000, 2_100_000, 4_000_000):
            progress(done, 10_000_000, "deduplication")
    assert capsys.readouterr().err == (
        "deduplication: 2,000,000 of 10,000,000, 50,000 a second, 3 min left\n"
        "deduplication: 4,000,000 of 10,000,000, 75,000 a second, 1 min left\n"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "1 h 00 min"), (5_400, "1 h 30 min")]
)
def test_durations_are_told_in_units_that_matter(seconds: float, said: str) -> None:
    assert duration(seconds) == said

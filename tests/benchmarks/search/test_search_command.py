"""`kura bench search` as its users meet it, at a size that takes little time."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

import benchmarks.search.contest
import benchmarks.search.plain
from api.command_line import BAD_INPUT, INTERRUPTED, NEGATIVE, main
from benchmarks.search import adding, room, searching
from benchmarks.search.galleries import Searched
from benchmarks.search.one_thread import start_with_one_thread
from matching.vectors.requests import Found

ROW_KEYS = {
    "name",
    "exact",
    "kernel",
    "threads",
    "n",
    "dim",
    "batch",
    "ours_ms",
    "peer",
    "peer_ms",
    "ratio",
    "identical",
}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite must not start itself again."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks.search.contest, "MOST_ROUNDS", 6)
    monkeypatch.setattr(benchmarks.search.bandwidth, "BUFFER_BYTES", 2**20)
    monkeypatch.setattr(benchmarks.search.plain, "BATCHES", (1, 2, 256))
    monkeypatch.setattr(adding, "STRETCH_S", 0.05)


@pytest.mark.usefixtures("brief")
def test_every_row_and_every_requirement_is_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "search.json"
    assert main(["bench", "search", "--persons", "1000", "--dim", "64", "--json", str(file)]) == 0
    document = json.loads(file.read_text())
    assert all(row.keys() >= ROW_KEYS for row in document["rows"])
    exact = [row for row in document["rows"] if row["exact"] and row["name"] != "growth"]
    assert exact and all(row["identical"] is True for row in exact)
    assert {row["n"] for row in document["rows"] if row["name"] == "growth"} == {100, 1_000, 4_000}
    assert document["bandwidth_fraction"] > 0.0
    assert document["bandwidth_gbs"] > 0.0
    assert document["machine"]["cores"] >= 1
    assert document["parameters"]["simulated"] is True
    demanded = {requirement["against"] for requirement in document["requirements"]}
    assert demanded >= {"streaming read bandwidth in the same rounds", "one thread", "bytes of the codes", "no stall"}
    printed = capsys.readouterr().out
    assert "reached" in printed
    assert "approximate indexes: not measured" in printed


@pytest.mark.usefixtures("brief")
def test_an_engine_that_loses_a_candidate_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = Searched.ask

    def forgetful(self: Searched, *words: object, **named: object) -> tuple[Found, ...]:
        found = list(right(self, *words, **named))  # type: ignore[arg-type]
        longest = int(np.argmax([len(one) for one in found]))
        one = found[longest]
        found[longest] = Found(
            owners=one.owners[1:],
            scores=one.scores[1:],
            size=one.size,
            compared=one.compared,
            generation=one.generation,
        )
        return tuple(found)

    monkeypatch.setattr(Searched, "ask", forgetful)
    assert main(["bench", "search", "--persons", "1000", "--dim", "64", "--json"]) == NEGATIVE
    document = json.loads(capsys.readouterr().out)
    assert document["identical"] is False


def test_a_disk_without_room_is_told_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, 10**9))
    assert main(["bench", "search", "--persons", "1000000"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "temporary space" in said
    assert "--persons" in said


def test_too_little_memory_is_told_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "free_memory", lambda: 10**9)
    assert main(["bench", "search", "--persons", "1000000"]) == BAD_INPUT
    assert "memory are needed" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--persons", "999"], ["--persons", "x"], ["--dim", "8"], ["--dim", "9999"]])
def test_misuse_is_told_by_the_parser(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "search", *words])
    assert left.value.code == 2


def test_a_file_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "search", "--json", str(tmp_path)]) == BAD_INPUT
    assert "cannot be written" in capsys.readouterr().err


def test_a_command_with_more_threads_starts_again_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.setattr(os, "execv", lambda path, words: started.append((path, words)))
    start_with_one_thread()
    assert started == [(sys.executable, [sys.executable, *sys.orig_argv[1:]])]
    start_with_one_thread()
    assert len(started) == 1


@pytest.mark.usefixtures("brief")
def test_what_was_measured_before_an_interruption_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(searching, "measure_kinds", interrupted)
    file = tmp_path / "search.json"
    assert main(["bench", "search", "--persons", "1000", "--dim", "64", "--json", str(file)]) == INTERRUPTED
    document = json.loads(file.read_text())
    assert [row["batch"] for row in document["rows"]] == [1, 2, 256]
    assert document["notes"] == ["interrupted: only what was measured until then"]
    assert "interrupted" in capsys.readouterr().out

"""`kura demo` as its users meet it: a small run, its last lines, interruptions, and folders that are not a demo's."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE, main
from api.demo import demonstration
from api.demo.folder import MARK, emptied_folder
from biometrics.errors import RecordBusyError, StorageError
from biometrics.images import decode_image
from biometrics.positions import Position
from enrollment.batch import EnrollmentResult
from registry.store import Registry
from tests.api.conftest import Run

SMALL = ("--persons", "4")
"""One planted duplicate, one twin."""

COMMAND = [
    sys.executable,
    "-c",
    "import sys, tests.databases as d; d.follow_environment(); from api.entry import main; sys.exit(main())",
    "demo",
    *SMALL,
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the output of a small demo with the real models."""
    folder = tmp_path_factory.mktemp("demo") / "kura demo"
    ended = subprocess.run([*COMMAND, "--out", str(folder)], capture_output=True, text=True, check=False)
    assert ended.returncode == DONE, ended.stderr
    return folder, ended.stdout


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One finger each, so that stages are short."""
    monkeypatch.setattr(demonstration, "TAKEN", (Position.LEFT_INDEX,))


def test_a_small_demo_finds_who_was_planted(shown: tuple[Path, str]) -> None:
    folder, out = shown
    lines = out.splitlines()
    assert "found 1 of 1 planted duplicates, 0 false" in lines
    assert f"report: {folder / 'report.html'}" in lines[lines.index("found 1 of 1 planted duplicates, 0 false") :]
    assert "simulated 4 persons with 16 prints" in out
    assert sorted(path.name for path in folder.iterdir()) == ["home", MARK, "people", "report.html"]
    with Registry.open(folder / "home", create=False) as registry:
        assert [subject.simulated for subject in registry.subjects()] == [True] * 4
        assert registry.check() == []


def test_the_commands_to_type_next_work(shown: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    _, out = shown
    commands = [shlex.split(line, comments=True) for line in out.split("to type next:")[1].splitlines() if line.strip()]
    verbs = ("list", "identify", "verify", "check", "simulate")
    assert [next(word for word in verbs if word in words) for words in commands] == list(verbs)
    for words in commands[:-1]:  # the last one simulates 200 persons
        assert words[0] == "kura"
        assert main(words[1:]) == DONE, words
    found = capsys.readouterr().out
    assert "1. SIM-" in found and "2. SIM-" in found
    last = commands[-1]
    assert main([*last[1 : last.index("200")], "2", *last[last.index("200") + 1 :]]) == DONE


def test_the_report_needs_nothing_from_elsewhere_and_says_that_nobody_exists(shown: tuple[Path, str]) -> None:
    text = (shown[0] / "report.html").read_text(encoding="utf-8")
    assert set(re.findall(r'(?:src|href)="(.{5})', text)) == {"data:"}
    assert re.findall(r"<script|<link|<iframe|url\(|@import|http", text) == []
    assert "SIMULATED" in re.findall(r"<title>(.*?)</title>", text)[0]
    figures = re.findall(r"<figure>(.*?)</figure>", text)
    prints = [figure for figure in figures if 'class="both"' not in figure]  # the others are portraits
    assert len(prints) >= 6 + 8 + 2
    assert [figure for figure in prints if ">simulated</span>" not in figure] == []
    saved = [base64.b64decode(one) for figure in prints for one in re.findall(r"base64,([^\"]+)", figure)]
    assert len(saved) >= 6 + 8 + 2
    assert {decode_image(data).simulated for data in saved} == {True}
    assert "Grace Hopper, US Navy" in text
    assert "not simulated" in text
    assert (shown[0] / "report.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.usefixtures("quick")
def test_json_holds_what_the_last_lines_say(kura: Run, tmp_path: Path) -> None:
    code, out, _ = kura("demo", *SMALL, "--out", tmp_path / "out", "--json")
    document = json.loads(out)
    assert code == DONE
    assert (document["simulated"], document["persons"], document["planted"]) == (True, 4, 1)
    assert document["found"] + len(document["missed"]) == 1
    assert Path(document["report"]).exists()
    assert [stage["name"] for stage in document["stages"]][:3] == ["prepare the models", "simulate", "enroll"]


STAGES = ("write_population", "enroll_all", "DeduplicationOffice", "read_report", "draw_evidence", "write_whole")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stage", STAGES)
def test_a_demo_goes_through_after_an_interrupted_one(
    stage: str, kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = getattr(demonstration, stage)

    def interrupted(*words: object, **options: object) -> Iterator[object]:
        done = whole(*words, **options)
        if isinstance(done, Iterator):
            next(done, None)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demonstration, stage, interrupted)
        code, out, err = kura("demo", *SMALL, "--out", tmp_path / "out")
    assert (code, "Traceback" in err, "found" in out) == (INTERRUPTED, False, False)
    code, out, _ = kura("demo", *SMALL, "--out", tmp_path / "out")
    assert (code, "planted duplicates" in out) == (DONE, True)


@pytest.mark.usefixtures("quick")
def test_a_person_who_fails_ends_the_demo_with_the_reason(
    kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = StorageError("the sample cannot be written: no space left on device", remedy="free some space")
    failed = [EnrollmentResult(label="SIM-00000000", error=full)]
    monkeypatch.setattr(demonstration, "enroll_all", lambda *_, **__: iter(failed))
    code, out, err = kura("demo", *SMALL, "--out", tmp_path / "out")
    assert (code, "found" in out) == (BAD_INPUT, False)
    assert "no space left" in err


@pytest.mark.usefixtures("quick")
def test_a_signal_while_it_simulates_ends_it_in_words(kura: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with subprocess.Popen(
        [*COMMAND, "--out", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(folder.rglob("*.png")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, "found" in out) == (INTERRUPTED, False)
    assert "interrupted" in err and "Traceback" not in err
    assert kura("demo", *SMALL, "--out", folder)[0] == DONE


@pytest.mark.parametrize("content", [{"thesis.txt": "years of work"}, {MARK: "somebody else's", "home": "mine"}])
def test_a_folder_that_is_no_demos_is_left_alone(kura: Run, tmp_path: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    code, _, err = kura("demo", "--out", tmp_path)
    assert (code, "nothing in it was touched" in err) == (BAD_INPUT, True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == content


def test_only_the_demos_own_parts_are_deleted(tmp_path: Path) -> None:
    kept, elsewhere = tmp_path / "demo" / "notes.txt", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "registry.db").write_text("somebody's registry")
    with emptied_folder(tmp_path / "demo") as folder:
        kept.write_text("mine")
        folder.home.symlink_to(elsewhere)
        (folder.people / "prints").mkdir(parents=True)
        folder.report.write_text("old")
    with emptied_folder(tmp_path / "demo") as folder:
        assert sorted(path.name for path in folder.root.iterdir()) == [MARK, "notes.txt"]
    assert (elsewhere / "registry.db").exists()


def test_a_half_written_mark_is_no_foreign_thing(tmp_path: Path) -> None:
    (tmp_path / f".{MARK}.x1y2").write_text("")
    with emptied_folder(tmp_path):
        assert (tmp_path / MARK).exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with emptied_folder(tmp_path / "demo") as folder:
        folder.report.write_text("the first one's")
        with pytest.raises(RecordBusyError, match="another demo"), emptied_folder(tmp_path / "demo"):
            pass
        assert folder.report.exists()
    mark = os.open(tmp_path / "demo" / MARK, os.O_RDONLY)
    fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it was given back
    os.close(mark)


@pytest.mark.parametrize(
    "words", [("--persons", "3"), ("--persons", "100000001"), ("--persons", "many"), ("--seed", "-1")]
)
def test_impossible_sizes_are_misuse(kura: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, err = kura("demo", "--out", tmp_path / "out", *words)
    assert (code, f"'{words[1]}' is not a whole number from " in err) == (MISUSE, True)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_name_is_no_current_folder(kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = kura("demo", "--out", "")
    assert (code, "the folder is empty" in err, list(tmp_path.iterdir())) == (MISUSE, True, [])


def test_a_home_is_refused_rather_than_ignored(kura: Run, tmp_path: Path) -> None:
    code, _, err = kura("--home", tmp_path / "mine", "demo", "--out", tmp_path / "out")
    assert (code, "--out instead of --home" in err) == (MISUSE, True)
    assert not (tmp_path / "mine").exists()


def test_a_folder_that_cannot_be_made_is_named(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for out in ("file", "file/out", "dangling", "dangling/out"):
        code, _, err = kura("demo", "--out", tmp_path / out)
        assert (code, "this is not a folder (name another with --out)" in err) == (BAD_INPUT, True)
    assert not (tmp_path / "nowhere").exists()

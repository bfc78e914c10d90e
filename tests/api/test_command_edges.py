"""Exit codes, wrong use, unforeseen failures, and help that answers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, INTERNAL_ERROR, INTERRUPTED, MISUSE, OUTPUT_CLOSED
from tests.api.conftest import Run


def test_an_error_in_json_names_type_and_remedy(kura: Run) -> None:
    code, out, err = kura("identify", "absent.png", "--json")
    error = json.loads(out)["error"]
    assert code == BAD_INPUT
    assert error["type"] == "ConfigurationError"
    assert error["remedy"] in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing"],
        ["enroll"],
        ["dedup"],
        ["identify", "a.png", "--position", "nose"],
        ["identify", "a.png", "--limit", "0"],
        ["--home", "", "registry", "status"],
        ["registry", "status", "--home", ""],
    ],
)
def test_misuse_is_two(kura: Run, words: list[str]) -> None:
    assert kura(*words)[0] == MISUSE


def test_home_may_stand_before_or_behind_the_verb(kura: Run, people: Path, tmp_path: Path) -> None:
    for number, words in enumerate((["--home", "{}", "enroll"], ["enroll", "--home", "{}"])):
        elsewhere = tmp_path / f"elsewhere{number}"
        filled = [word.format(elsewhere) for word in words]
        assert kura(*filled, people / "a.png", "--modality", "finger")[0] == DONE
        assert (elsewhere / "registry").is_dir()


def test_too_little_memory_is_said_with_what_helps(kura: Run, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(wiring, "load_extractors", fail)
    code, out, err = kura("verify", people / "a.png", people / "b.png")
    assert (code, out) == (BAD_INPUT, "")
    assert "memory is short" in err and "gallery_folder" in err


def test_an_unforeseen_failure_is_no_negative_answer(kura: Run, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TypeError("a mistake of ours")

    monkeypatch.setattr(wiring, "load_extractors", fail)
    code, out, err = kura("verify", people / "a.png", people / "b.png")
    assert (code, out) == (INTERNAL_ERROR, "")
    assert "internal error TypeError" in err
    assert "Traceback" not in err
    monkeypatch.setenv("KURA_LOG", "debug")
    assert "a mistake of ours" in kura("verify", people / "a.png", people / "b.png")[2]


def test_a_reader_that_goes_away_is_told_by_the_exit_code(people: Path, home: Path) -> None:
    code = "import sys; from api.command_line import main; sys.exit(main(['models', 'card', 'sface/2021dec-fp32']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == OUTPUT_CLOSED


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from api.command_line import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'faiss', 'onnxruntime', 'numba', 'sqlalchemy', 'rich', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"
    for verb in ("enroll", "identify", "verify", "dedup", "inspect", "models", "registry", "bench"):
        assert verb in ended.stdout


def test_output_that_cannot_be_written_is_told() -> None:
    code = "import sys; from api.command_line import main; sys.exit(main(['models', 'list']))"
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == BAD_INPUT
    assert "No space left" in ended.stderr
    closed = f'exec 1>&-; exec {sys.executable} -c "{code}"'
    assert subprocess.run(closed, shell=True, check=False).returncode == DONE


def test_an_early_interrupt_is_no_traceback(kura: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.command_line._configure_logs", interrupt)
    code, out, err = kura("models", "list", "--json")
    assert code == INTERRUPTED
    assert "run the same command again" in err
    assert json.loads(out)["error"]["message"].startswith("interrupted")


def test_the_command_can_be_asked_to_end() -> None:
    code = (
        "import os, signal, sys; from api import command_line\n"
        "command_line._configure_logs = lambda: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.exit(command_line.main(['models', 'list']))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == INTERRUPTED


def test_a_file_name_cannot_steer_the_terminal(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2Jb.png").write_bytes(b"not an image")
    _, out, _ = kura("enroll", tmp_path / "a\x1b[2Jb.png")
    assert "\x1b" not in out

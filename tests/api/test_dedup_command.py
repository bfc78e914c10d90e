"""`kura dedup` as its users meet it: runs, newcomers, interruptions, and what is said of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, INTERRUPTED, MISUSE
from biometrics.errors import RecordBusyError
from enrollment.deduplication.turn import taking_turn
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.api.test_engine_command import _KURA
from tests.enrollment.fakes import write_pictures


def document(kura: Run, *words: object) -> Any:
    code, out, err = kura(*words, "--json")
    assert code == DONE, err
    return json.loads(out)


@pytest.fixture
def unfinished(kura: Run, people: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Enroll everybody, interrupt a run when its first tiles are done, and return its name."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    enrolled(kura, people)
    with monkeypatch.context() as patch:
        patch.setattr("enrollment.deduplication.plan.SpanLength.learn", interrupt)
        patch.setattr("enrollment.deduplication.beginning.usual_edge", lambda _: 2)
        code, _, err = kura("dedup", "run")
    assert code == INTERRUPTED
    (run_id,) = re.findall(r"go on with kura dedup resume (\S+)\)", err)
    return str(run_id)


def test_a_run_says_what_it_compared_and_how(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    said = document(kura, "dedup", "run", "--page", tmp_path / "page.html")
    assert (said["kind"], said["status"], said["gallery"]) == ("everybody", "finished", "citizens")
    assert (said["persons"], said["new_persons"], said["generation"], said["interruptions"]) == (4, 4, 4, 0)
    assert (said["pairs_planned"], said["pairs_done"], said["compared"], said["not_comparable"]) == (6, 6, 6, 0)
    assert said["findings"] == {"duplicate": 1, "needs_review": 0}
    assert 0 < said["duplicate_fmr"] < said["review_fmr"] < 1
    assert said["rate"] > 0 and said["seconds_left"] is None and len(said["kernels"]) == 1
    text = (tmp_path / "page.html").read_text()
    for shown in (
        said["run"],
        "6 of 6",
        f"{said['review_fmr']:.2e}",
        "exhaustive",
        "1 probable duplicates, 0 doubtful",
    ):
        assert shown in text


def test_pages_draw_the_best_pairs_and_say_that_there_are_more(
    kura: Run, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(people, [("b_again", 2, 5), ("c_again", 3, 5)])
    enrolled(kura, people)
    monkeypatch.setattr("api.pages.dedup_page.MOST_PAIRS_SHOWN", 2)
    said = document(kura, "dedup", "run", "--page", tmp_path / "page.html")
    assert len(said["pairs"]) == 3 and len(said["pages"]) == 1
    text = (tmp_path / "page.html").read_text()
    assert text.count("<article") == 2 and "the best 2 are drawn here" in text


def test_newcomers_are_compared_with_everybody(kura: Run, people: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    first = document(kura, "dedup", "run")
    write_pictures(tmp_path / "later", [("b_again", 2, 5), ("d", 4, 0)])
    enrolled(kura, tmp_path / "later")
    said = document(kura, "dedup", "run", "--new")
    assert (said["kind"], said["persons"], said["new_persons"], said["pairs_planned"]) == ("new", 6, 2, 9)
    assert (said["since_run"], said["since"]) == (first["run"], first["generation"])
    assert [{one["a"], one["b"]} for one in said["pairs"]] == [{"b", "b_again"}]
    code, out, _ = kura("dedup", "run", "--new")
    assert (code, out) == (
        DONE,
        "0 new or changed persons compared with 6: 0 pairs are probable duplicates, 0 are doubtful\n",
    )


def test_newcomers_after_a_change_of_policy_are_told_that_others_were_judged_otherwise(
    kura: Run, people: Path, home: Path
) -> None:
    enrolled(kura, people)
    assert kura("dedup", "run")[0] == DONE
    settings = home / "settings.toml"
    settings.write_text(settings.read_text().replace('version = "2026-1"', 'version = "2026-2"'))
    code, out, _ = kura("dedup", "run", "--new")
    assert code == DONE and "by the policy 2026-1, not 2026-2: kura dedup run judges everybody anew" in out


def test_an_interrupted_run_says_how_to_go_on_and_ends_the_same(
    unfinished: str, kura: Run, home: Path, tmp_path: Path
) -> None:
    state = document(kura, "dedup", "status", unfinished)
    assert (state["status"], state["finished_at"], state["running_pid"]) == ("unfinished", None, None)
    assert f"unfinished; go on with kura dedup resume {unfinished}" in kura("dedup", "status", unfinished)[1]
    other = tmp_path / "other"
    shutil.copytree(home, other)
    shutil.rmtree(other / "dedup")
    resumed, whole = document(kura, "dedup", "resume"), document(kura, "--home", other, "dedup", "run")
    assert resumed["run"] == unfinished and resumed["interruptions"] == 1
    same = ("persons", "generation", "policy", "findings", "compared", "duplicate_fmr", "pairs")
    assert {name: resumed[name] for name in same} == {name: whole[name] for name in same}
    code, _, err = kura("dedup", "resume")
    assert code == BAD_INPUT and "no unfinished deduplication run" in err
    assert document(kura, "dedup", "resume", unfinished)["pairs"] == resumed["pairs"]


def test_report_tells_it_once_more_and_as_far_as_it_is_known(unfinished: str, kura: Run, tmp_path: Path) -> None:
    code, out, _ = kura("dedup", "report", "--page", tmp_path / "page.html")
    assert code == DONE and f"run {unfinished}: unfinished" in out and "until now" in out
    done = document(kura, "dedup", "resume")
    again = document(kura, "dedup", "report", unfinished, "--page", tmp_path / "again.html")
    assert {**again, "pages": []} == {**done, "pages": []}
    target = tmp_path / "report.json"
    code, out, _ = kura("dedup", "report", "--json", target)
    assert code == DONE and "interrupted 1 times" in out and "6 of 6 pairs of persons done (100.0 %)" in out
    assert json.loads(target.read_text())["pairs"] == done["pairs"]
    assert kura("dedup", "report", "--json", target, "--page", target)[0] == MISUSE


def test_status_lists_all_runs_and_names_what_is_damaged(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    assert kura("dedup", "status") == (DONE, "none\n", "")
    assert document(kura, "dedup", "status") == []
    runs = [document(kura, "dedup", "run")["run"] for _ in range(2)]
    assert [one["run"] for one in document(kura, "dedup", "status")] == runs
    assert [line.split("  ")[:4] for line in kura("dedup", "status")[1].splitlines()] == [
        [run_id, "everybody", "4 persons", "1 pairs"] for run_id in runs
    ]
    (home / "dedup" / runs[0] / "journal").write_bytes(b"damaged")
    code, out, _ = kura("dedup", "status", "--json")
    assert code == BAD_INPUT
    first, second = json.loads(out)
    assert first["error"]["type"] == "StorageError" and second["run"] == runs[1]
    assert kura("dedup", "status", runs[0])[0] == BAD_INPUT


@pytest.mark.parametrize("step", ["status", "report", "resume"])
@pytest.mark.parametrize("name", ["20200101-000000-000000", "../registry"])
def test_an_unknown_run_is_refused(kura: Run, people: Path, step: str, name: str) -> None:
    enrolled(kura, people)
    code, _, err = kura("dedup", step, name)
    assert code == BAD_INPUT and f"{name}: there is no such deduplication run" in err


@pytest.mark.parametrize("step", ["run", "status", "report", "resume"])
def test_there_must_be_an_installation(kura: Run, step: str, home: Path) -> None:
    code, _, err = kura("dedup", step)
    assert code == BAD_INPUT and "there is no installation here yet" in err
    assert not home.exists()


def test_nothing_to_report_or_to_go_on_with_is_said(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    for step, said in (("report", "there is no deduplication run yet"), ("resume", "there is no unfinished")):
        code, _, err = kura("dedup", step)
        assert code == BAD_INPUT and said in err and "kura dedup run" in err


def test_a_run_that_somebody_works_on_is_named(unfinished: str, kura: Run, home: Path) -> None:
    with taking_turn(home / "dedup") as turn:
        turn.note(unfinished)
        for step in ("run", "resume"):
            code, _, err = kura("dedup", step)
            assert code == BAD_INPUT
            assert f"the process {os.getpid()} works on the deduplication run {unfinished}" in err


def test_a_run_that_fails_is_kept_and_named(
    kura: Run, people: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(kura, people)

    def fail(*_: object) -> None:
        raise RecordBusyError("another process holds the database")

    with monkeypatch.context() as patch:
        patch.setattr("enrollment.deduplication.cases.CaseOpener.open", fail)
        code, _, err = kura("dedup", "run")
    (run_id,) = [path.name for path in (home / "dedup").iterdir() if path.is_dir()]
    assert code == BAD_INPUT and "another process holds the database" in err
    assert f"the run that was begun is kept: kura dedup resume {run_id} goes on with it" in err
    assert document(kura, "dedup", "resume")["run"] == run_id


def test_an_interruption_before_the_run_began_is_no_run(
    kura: Run, people: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(kura, people)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("enrollment.deduplication.office.new_manifest", interrupt)
        code, _, err = kura("dedup", "run")
    assert code == INTERRUPTED and "run the same command again" in err
    assert kura("dedup", "status")[1] == "none\n"


def test_changed_rules_are_refused(unfinished: str, kura: Run, home: Path) -> None:
    settings = home / "settings.toml"
    kept = settings.read_text()
    settings.write_text(kept.replace("smallest_gallery = 100", "smallest_gallery = 200"))
    code, _, err = kura("dedup", "resume")
    assert code == BAD_INPUT and f"{unfinished}: the policy changed since the run began" in err
    settings.write_text(kept)
    assert kura("dedup", "resume")[0] == DONE


def test_an_empty_gallery_is_no_error(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    said = document(kura, "dedup", "run", "--gallery", "visa_applicants")
    assert (said["persons"], said["pairs_planned"], said["pairs"], said["status"]) == (0, 0, [], "finished")
    code, _, err = kura("dedup", "run", "--gallery", "elsewhere")
    assert code == BAD_INPUT and "elsewhere" in err


def test_ctrl_c_in_a_process_of_its_own_ends_it_cleanly(kura: Run, people: Path, home: Path) -> None:
    enrolled(kura, people)
    slow = (
        "import signal, sys, time, tests.databases as d; d.follow_environment();"
        "import enrollment.deduplication.office as o;"
        "o.compare_groups = lambda *a, **k: (print('comparing', file=sys.stderr, flush=True), time.sleep(60))[1];"
        "from api.entry import main; sys.exit(main())"
    )
    command = [*_KURA[:2], slow, "--home", str(home), "dedup", "run"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        assert any("comparing" in line for line in started.stderr)
        (run_id,) = [path.name for path in (home / "dedup").iterdir() if path.is_dir()]
        assert f"running in process {started.pid}" in kura("dedup", "status", run_id)[1]
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (INTERRUPTED, "")
    assert f"interrupted; the cases that were opened stay (go on with kura dedup resume {run_id})" in err
    assert document(kura, "dedup", "resume")["run"] == run_id
    with Registry.open(home) as registry:
        assert registry.check() == []

"""`kura gallery`: written, verified, described and compacted, with an engine or without, and wrong inputs refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.command_line import BAD_INPUT, DONE, MISUSE, NEGATIVE
from biometrics.samples import now_utc
from matching.keeping import latest_snapshot
from registry.store import Registry
from tests.api.conftest import Run, enrolled

_KURA = [sys.executable, "-c", "from api.command_line import main; raise SystemExit(main())"]
GALLERY = "citizens"


@pytest.fixture
def engine(home: Path, kura: Run, people: Path) -> Iterator[subprocess.Popen[str]]:
    """Start an engine of a registry with people and wait until it serves."""
    enrolled(kura, people)
    environment = os.environ | {"KURA_HOME": str(home), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*_KURA, "engine", "run"], env=environment, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if "engine.ready" in line:
                break
        yield started
        started.kill()


def asked(kura: Run, *words: str, code: int = DONE) -> dict[str, Any]:
    ended, out, err = kura("gallery", *words, "--json")
    assert ended == code, err
    document: dict[str, Any] = json.loads(out)
    return document


def snapshot(home: Path) -> Path:
    found = latest_snapshot(home / "galleries" / GALLERY)
    assert found is not None
    return found


def test_commands_keep_the_gallery_and_the_next_ones_load_it(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    assert not (home / "gallery.key").exists()
    built = asked(kura, "build")
    assert (built["origin"], built["reason"], built["persons"]) == ("snapshot", None, 4)
    assert built["snapshot"]["generation"] == built["latest_change"]
    code, out, _ = kura("gallery", "build")
    assert code == DONE and "4 persons loaded from the snapshot" in out and "snapshot of change" in out
    code, out, _ = kura("identify", people / "b.png", "--modality", "finger", "--json")
    assert code == DONE and [one["person"] for one in json.loads(out)["candidates"]] == ["b"]


def test_a_damaged_snapshot_is_told_and_built_anew(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    (snapshot(home) / "part-00000.sealed").unlink()
    found = asked(kura, "verify", code=NEGATIVE)
    assert found["whole"] is False and "missing" in found["faults"][0]
    code, out, _ = kura("gallery", "verify")
    assert code == NEGATIVE and out.startswith("FAULT")
    code, out, err = kura("gallery", "build")
    assert code == DONE and "built from the registry" in out and "part-00000.sealed is missing" in out + err
    assert asked(kura, "verify")["whole"] is True


def test_without_the_key_the_gallery_is_built_anew_and_says_so(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    with Registry.open(home, create=False) as registry:
        for turn in ("a", "b"):
            registry.keys.renew(f"gallery/{GALLERY}/{turn}")
    assert "another key" in asked(kura, "verify", code=NEGATIVE)["faults"][0]
    built = asked(kura, "build")
    assert built["origin"] == "registry" and "another key" in built["reason"]
    assert asked(kura, "verify")["faults"] == []


def test_an_older_snapshot_is_verified_with_what_came_since(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    before = asked(kura, "build")["snapshot"]["generation"]
    more = people.parent / "more"
    more.mkdir()
    (people / "a.png").rename(more / "d.png")
    kura("enroll", more, "--modality", "finger")
    for words in (("verify",), ("verify", "--quick")):
        found = asked(kura, *words)
        assert found["faults"] == [] and found["generation"] == before < asked(kura, "stats")["latest_change"]


def test_stats_come_from_the_snapshot_where_no_engine_runs(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    told = asked(kura, "stats")
    assert (told["source"], told["persons"], told["references"]) == ("snapshot", 4, 4)
    assert told["snapshot"]["bytes"] > 0
    code, out, _ = kura("gallery", "stats")
    assert code == DONE and "persons: 4" in out and "just now" in out
    code, out, _ = kura("gallery", "stats", "--gallery", "visa_applicants")
    assert code == NEGATIVE and "kura gallery build" in out


def test_compaction_drops_what_is_retired(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    told = asked(kura, "compact")
    assert told["gone"] == 0 and told["before"]["persons"] == told["persons"] == 4
    code, out, _ = kura("gallery", "compact")
    assert code == DONE and "dropped 0" in out


def test_the_engine_keeps_what_it_serves(engine: subprocess.Popen[str], home: Path, kura: Run) -> None:
    first = snapshot(home)
    told = asked(kura, "build")
    assert told["persons"] == 4 and snapshot(home) != first
    assert asked(kura, "stats")["source"] == "engine"
    assert asked(kura, "compact")["persons"] == 4
    assert asked(kura, "verify")["whole"] is True
    assert kura("engine", "stop")[0] == DONE
    assert asked(kura, "build")["origin"] == "snapshot"


def test_an_engine_that_ends_keeps_what_changed(
    engine: subprocess.Popen[str], home: Path, kura: Run, people: Path
) -> None:
    more = people.parent / "more"
    more.mkdir()
    (people / "b.png").rename(more / "new.png")
    assert kura("enroll", more, "--modality", "finger")[0] == DONE
    assert kura("engine", "stop")[0] == DONE
    told = asked(kura, "build")
    assert (told["origin"], told["followed"], told["persons"]) == ("snapshot", 0, 5)


def test_a_purge_leaves_nobody_who_is_purged_on_the_disk(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    older = asked(kura, "build")["snapshot"]["generation"]
    with Registry.open(home, create=False) as registry:
        gone = next(one for one in registry.subjects() if one.label == "c")
        with registry.writing() as writer:
            writer.retire_encounter(writer.encounters(gone.subject_id)[0].encounter_id)
        latest = registry.latest_sequence()
    tomorrow = (now_utc() + timedelta(days=1)).date().isoformat()
    words = ("registry", "purge", "--retired-before", tomorrow, "--reason", "rule 7", "--json")
    assert kura(*words, "--dry-run")[0] == DONE
    assert asked(kura, "stats")["snapshot"]["generation"] == older
    code, out, err = kura(*words)
    assert code == DONE and json.loads(out)["encounters"] == 1, err
    told = asked(kura, "stats")
    assert (told["snapshot"]["generation"], told["persons"]) == (latest, 3)
    assert asked(kura, "verify")["faults"] == []
    built = asked(kura, "build")
    assert (built["origin"], built["followed"]) == ("snapshot", 0)


def test_renewing_turns_all_vectors_by_another_key(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    before = _scheme(home)
    assert [one["persons"] for one in asked(kura, "renew")["galleries"]] == [4]
    after = _scheme(home)
    assert before != after and before.split(" turned by ")[0] == after.split(" turned by ")[0]
    assert asked(kura, "build")["origin"] == "snapshot" and asked(kura, "verify")["whole"] is True
    code, out, _ = kura("identify", people / "b.png", "--modality", "finger", "--json")
    assert code == DONE and [one["person"] for one in json.loads(out)["candidates"]] == ["b"]
    with Registry.open(home, create=False) as registry:
        assert "gallery.renewed" in {event.action for event in registry.events()}
        registry.keys.renew("vectors")  # as a renewing that was cut off leaves it
    built = asked(kura, "build")
    assert built["origin"] == "registry" and "not described as they are here" in built["reason"]


def _scheme(home: Path) -> str:
    told = json.loads((snapshot(home) / "manifest.json").read_bytes())
    scheme: str = told["body"]["header"]["content"]["vectors"]["scheme"]
    return scheme


def test_nothing_is_renewed_beside_an_engine(engine: subprocess.Popen[str], home: Path, kura: Run) -> None:
    before = _scheme(home)
    code, _, err = kura("gallery", "renew")
    assert code == BAD_INPUT and "engine" in err
    assert _scheme(home) == before


@pytest.mark.parametrize("step", ["build", "verify", "stats", "compact"])
def test_where_there_is_nothing_nothing_is_made(home: Path, kura: Run, step: str) -> None:
    code, out, err = kura("gallery", step, "--json")
    assert code == BAD_INPUT and "there is no installation here yet" in err and json.loads(out)["error"]["remedy"]
    home.mkdir()
    code, _, err = kura("gallery", step)
    assert code == BAD_INPUT and "there is no registry here" in err
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("step", ["build", "verify", "stats", "compact"])
def test_wrong_inputs_are_refused_by_name(home: Path, kura: Run, people: Path, step: str) -> None:
    enrolled(kura, people)
    for wrong in ("nowhere", "../citizens", ""):
        code, _, err = kura("gallery", step, "--gallery", wrong)
        assert code == BAD_INPUT and "there is no such gallery" in err
    assert [path.name for path in (home / "galleries").iterdir()] == [GALLERY]
    assert kura("gallery", step, "more")[0] == MISUSE


def test_a_home_of_an_earlier_version_names_a_key_that_is_no_longer_used(home: Path, kura: Run, people: Path) -> None:
    enrolled(kura, people)
    settings = home / "settings.toml"
    settings.write_text(f'gallery_key_file = "gallery.key"\n{settings.read_text()}')
    assert asked(kura, "build")["origin"] == "snapshot"

"""Populations on disk: complete, marked, enrollable, and the same to the byte however often they were interrupted."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.errors import ConfigurationError, StorageError
from biometrics.images import read_image
from biometrics.positions import FINGERS, Position
from devices.simulated import CLEAN, ORDINARY, PrintOrder
from devices.simulated.batch import Delivery
from enrollment.manifest import read_manifest
from enrollment.simulation import writing
from enrollment.simulation.people import people
from enrollment.simulation.plan import PopulationPlan, planted_pairs
from enrollment.simulation.writing import WrittenPopulation, write_population

PLAN = PopulationPlan(persons=12, seed=5, duplicates=2, twins=1, missing_share=0.9)
TWO = (Position.RIGHT_INDEX, Position.LEFT_INDEX)


def quick_prints(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
    """Stand in for the simulator: noise that depends on finger and touch, a few orders ahead like the real one."""
    waiting: list[PrintOrder] = []
    for order in orders:
        waiting.append(order)
        if len(waiting) > threads:
            yield _noise(waiting.pop(0))
    yield from map(_noise, waiting)


def _noise(order: PrintOrder) -> Delivery:
    (touch,) = order.touches
    return order, (np.random.default_rng([order.traits.seed, touch]).integers(0, 256, (9, 8), dtype=np.uint8),)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "simulate_prints", quick_prints)


def write(folder: Path, plan: PopulationPlan = PLAN, fingers: tuple[Position, ...] = TWO) -> WrittenPopulation:
    return write_population(plan, folder, fingers=fingers, profile=ORDINARY, threads=2)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("quick")
def test_the_manifest_names_every_print_and_is_enrollable(tmp_path: Path) -> None:
    written = write(tmp_path / "pop")
    intake = read_manifest(written.manifest)
    assert intake.refused == ()
    sources = [source for submission in intake.submissions for source in submission.sources]
    assert len(sources) == written.prints == written.simulated
    assert {source.path for source in sources} == set((tmp_path / "pop").rglob("*.png"))
    assert all(source.simulated and source.ppi == 500.0 for source in sources)
    expected = {person.label: [one for one in TWO if one not in person.missing] for person in people(PLAN)}
    assert {one.label: [source.position for source in one.sources] for one in intake.submissions} == {
        label: fingers for label, fingers in expected.items() if fingers
    }
    assert any(len(fingers) < 2 for fingers in expected.values())


@pytest.mark.usefixtures("quick")
def test_every_file_says_that_nobody_exists(tmp_path: Path) -> None:
    folder = tmp_path / "pop"
    write(folder)
    assert all(read_image(path).simulated and read_image(path).ppi == 500.0 for path in folder.rglob("*.png"))
    assert "NOBODY IN THIS FOLDER EXISTS" in (folder / "README.txt").read_text()
    assert json.loads((folder / "plan.json").read_text())["simulated"] is True
    statements = [json.loads(line) for line in (folder / "people.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(statements) == 12
    assert all(one["simulated"] is True for one in statements)
    with (folder / "manifest.csv").open() as file:
        assert {row["simulated"] for row in csv.DictReader(file)} == {"yes"}


@pytest.mark.usefixtures("quick")
def test_statements_hold_what_a_person_states_and_not_what_was_planted(tmp_path: Path) -> None:
    write(tmp_path / "pop")
    text = (tmp_path / "pop" / "people.jsonl").read_text(encoding="utf-8")
    statements = [json.loads(line) for line in text.splitlines()]
    for person, said in zip(people(PLAN), statements, strict=True):
        assert (said["person"], said["number"], said["surname"]) == (person.label, person.number, person.surname)
        assert said["birth_date"]["precision"] == person.birth_date.precision.value
        missing = {one["position"]: one["reason"] for one in said["missing_fingers"]}
        assert missing == {finger.value: reason.value for finger, reason in person.missing.items()}
    assert all(word not in text for word in ("same_person", "twin", "genes", "growth"))


@pytest.mark.usefixtures("quick")
def test_the_truth_names_every_planted_pair(tmp_path: Path) -> None:
    write(tmp_path / "pop")
    with (tmp_path / "pop" / "truth.csv").open() as file:
        told = [(row["a"], row["b"], row["relation"]) for row in csv.DictReader(file)]
    assert told == [
        (f"SIM-{pair.first:08d}", f"SIM-{pair.second:08d}", pair.relation.value) for pair in planted_pairs(PLAN)
    ]
    assert sorted(relation for _, _, relation in told) == ["same person", "same person", "twins"]


class Killed(BaseException):
    """The process is gone: nothing after this is done, not even cleaning up."""


@pytest.mark.usefixtures("quick")
def test_killed_at_any_file_and_run_again_it_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "whole")
    whole = contents(tmp_path / "whole")
    sync = os.fsync
    for kill in range(len(whole)):
        folder, calls = tmp_path / f"killed-{kill}", 0

        def dying(handle: int, kill: int = kill) -> None:
            nonlocal calls
            calls += 1
            if calls > kill:
                os.truncate(handle, 3)  # half a file, not yet under its name
                raise Killed
            sync(handle)

        monkeypatch.setattr(os, "fsync", dying)
        with pytest.raises(Killed):
            write(folder)
        named = {name for name in contents(folder) if not name.endswith(".part")}
        assert all(contents(folder)[name] == whole[name] for name in named)
        assert "manifest.csv" not in named
        monkeypatch.setattr(os, "fsync", sync)
        again = write(folder)
        assert contents(folder) == whole
        assert again.simulated == again.prints - sum(name.endswith(".png") for name in named)


@pytest.mark.usefixtures("quick")
def test_interrupted_between_prints_it_goes_on_without_making_any_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
        for number, delivery in enumerate(quick_prints(orders, threads=threads)):
            if number == 7:
                raise KeyboardInterrupt
            yield delivery

    monkeypatch.setattr(writing, "simulate_prints", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "pop")
    monkeypatch.setattr(writing, "simulate_prints", quick_prints)
    written = write(tmp_path / "pop")
    assert written.simulated == written.prints - 7
    assert write(tmp_path / "pop").simulated == 0
    write(tmp_path / "whole")
    assert contents(tmp_path / "pop") == contents(tmp_path / "whole")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("change", [{"seed": 6}, {"persons": 13}, {"duplicates": 1}, {"twins": 2}])
def test_another_plan_in_the_same_folder_is_refused(tmp_path: Path, change: dict[str, int]) -> None:
    write(tmp_path / "pop")
    before = contents(tmp_path / "pop")
    with pytest.raises(ConfigurationError, match="something else"):
        write(tmp_path / "pop", plan=dataclasses.replace(PLAN, **change))
    assert contents(tmp_path / "pop") == before


@pytest.mark.usefixtures("quick")
def test_other_fingers_or_another_profile_are_another_population(tmp_path: Path) -> None:
    write(tmp_path / "pop")
    with pytest.raises(ConfigurationError, match="something else"):
        write(tmp_path / "pop", fingers=FINGERS)
    with pytest.raises(ConfigurationError, match="something else"):
        write_population(PLAN, tmp_path / "pop", fingers=TWO, profile=CLEAN, threads=1)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(ConfigurationError, match="something else"):
        write(tmp_path)
    assert contents(tmp_path) == {"holiday.jpg": b"mine"}


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_what_is_no_folder_is_named(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "dangling"):
        with pytest.raises(StorageError, match="this is not a folder") as caught:
            write(tmp_path / name / inside)
        assert caught.value.source is not None
        assert caught.value.source.startswith(str(tmp_path / name))
    assert contents(tmp_path) == {"file": b"mine"}
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.usefixtures("quick")
def test_persons_without_any_of_the_fingers_are_counted(tmp_path: Path) -> None:
    thumb = (Position.RIGHT_THUMB,)
    plan = dataclasses.replace(PLAN, persons=40, missing_share=1.0)
    written = write(tmp_path / "pop", plan=plan, fingers=thumb)
    expected = [person.label for person in people(plan) if Position.RIGHT_THUMB in person.missing]
    assert written.without_prints == len(expected) > 0
    text = written.manifest.read_text()
    assert [label for label in expected if label in text] == []
    assert written.prints == 40 - len(expected)


@pytest.mark.usefixtures("quick")
def test_two_writers_of_one_folder_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[StorageError] = []

    def meanwhile(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
        with pytest.raises(StorageError, match="another process") as caught:
            write(tmp_path / "pop")
        refused.append(caught.value)
        return quick_prints(orders, threads=threads)

    monkeypatch.setattr(writing, "simulate_prints", meanwhile)
    write(tmp_path / "pop")
    assert len(refused) == 1


@pytest.mark.parametrize("fingers", [(), (Position.FACE,), (Position.UNKNOWN,), (TWO[0], TWO[0])])
def test_only_named_fingers_are_simulated(tmp_path: Path, fingers: tuple[Position, ...]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be simulated"):
        write(tmp_path / "pop", fingers=fingers)
    assert not (tmp_path / "pop").exists()


@pytest.mark.usefixtures("quick")
def test_orders_stream_and_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead: list[int] = []
    taken = 0

    def watched(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
        def counted() -> Iterator[PrintOrder]:
            nonlocal taken
            for order in orders:
                taken += 1
                yield order

        for number, delivery in enumerate(quick_prints(counted(), threads=threads)):
            ahead.append(taken - number)
            yield delivery

    monkeypatch.setattr(writing, "simulate_prints", watched)
    steps: list[tuple[Any, ...]] = []
    write_population(
        PLAN, tmp_path / "pop", fingers=TWO, profile=ORDINARY, threads=2, progress=lambda *step: steps.append(step)
    )
    assert max(ahead) <= 3
    assert steps[-1] == (12, 12, "simulating")
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)


def test_the_real_simulator_makes_another_impression_for_a_duplicate(tmp_path: Path) -> None:
    plan = PopulationPlan(persons=2, seed=1, duplicates=1, missing_share=0.0)
    write(tmp_path / "pop", plan=plan, fingers=(Position.LEFT_THUMB,))
    first, second = (read_image(path) for path in sorted((tmp_path / "pop").rglob("*.png")))
    assert first.pixels.shape == second.pixels.shape
    assert min(first.pixels.shape) > 200
    assert np.mean(first.pixels != second.pixels) > 0.5

"""Portraits of a population: found, chosen, embedded, compared within cohorts, and calibrated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from biometrics.arrays import Vectors
from biometrics.errors import ConfigurationError, SampleError
from biometrics.image_writing import write_png
from enrollment.population.calibration import Wanted, calibrate_population, supported_fmr
from enrollment.population.cohorts import scored_cohorts
from enrollment.population.extraction import EmbeddedPopulation, embed_population
from enrollment.population.labels import listed_names, read_labels
from enrollment.population.portraits import Portrait, find_portraits, persons_by_folder
from tests.benchmarks.fakes import FakeFace, write_sample


def _touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def _population(count: int, *, groups: str = "A", spread: dict[str, float] | None = None) -> EmbeddedPopulation:
    """Return random directions; those of a group lie around one common direction, the closer the larger its spread."""
    random = np.random.default_rng(7)
    vectors = random.standard_normal((count, 32))
    labels = [groups[place % len(groups)] for place in range(count)]
    for place, group in enumerate(labels):
        vectors[place, ord(group) % 32] += (spread or {}).get(group, 0.0)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return _embedded(vectors.astype(np.float32), labels)


def _embedded(vectors: Vectors, groups: list[str]) -> EmbeddedPopulation:
    portraits = tuple(
        Portrait(name=f"{place}.png", path=Path(f"{place}.png"), person=str(place), labels={"group": group})
        for place, group in enumerate(groups)
    )
    return EmbeddedPopulation(portraits=portraits, vectors=vectors, failures=Counter())


def _wanted(**changes: object) -> Wanted:
    words = {"scale": "cosine/x/1", "population": "test", "origin": "portraits of a test"}
    return Wanted(**(words | changes))  # type: ignore[arg-type]


def test_folders_are_persons_unless_one_holds_all(tmp_path: Path) -> None:
    _touch(tmp_path / "a", "Ada/1.jpg", "Ada/2.jpg", "Bo/1.jpg", "single.png", "._Bo.jpg", "notes.txt")
    found = persons_by_folder(find_portraits(tmp_path / "a")).portraits
    assert [(one.name, one.person) for one in found] == [
        ("Ada/1.jpg", "Ada"),
        ("Ada/2.jpg", "Ada"),
        ("Bo/1.jpg", "Bo"),
        ("single.png", "single.png"),
    ]
    _touch(tmp_path / "b", "val/1.jpg", "val/2.jpg")
    assert [one.person for one in persons_by_folder(find_portraits(tmp_path / "b")).portraits] == [
        "val/1.jpg",
        "val/2.jpg",
    ]


def test_labels_name_the_portraits_and_choose_them(tmp_path: Path) -> None:
    _touch(tmp_path, "val/1.jpg", "val/2.jpg", "val/3.jpg", "other.jpg")
    (tmp_path / "said.csv").write_text(
        "\ufefffile,sex,group\nval/1.jpg,F,A\nval/2.jpg,M,A\nval/3.jpg,F,B\nval/4.jpg,F,B\n", encoding="utf-8"
    )
    found = find_portraits(tmp_path, tmp_path / "said.csv")
    assert [one.name for one in found.portraits] == ["val/1.jpg", "val/2.jpg", "val/3.jpg"]
    assert found.absent == ("val/4.jpg",)
    assert [one.name for one in found.chosen(where=[("sex", "F")]).portraits] == ["val/1.jpg", "val/3.jpg"]
    assert [one.name for one in found.chosen(where=[("sex", "F"), ("group", "B")]).portraits] == ["val/3.jpg"]
    assert [one.name for one in found.chosen(without=[("sex", "M"), ("group", "B")]).portraits] == ["val/1.jpg"]
    (tmp_path / "known").write_text("# seen before\n\nval/2.jpg\nval/3.jpg \n")
    left_out = listed_names(tmp_path / "known")
    assert [one.name for one in found.chosen(left_out=left_out).portraits] == ["val/1.jpg"]
    with pytest.raises(ConfigurationError, match="no portrait is left"):
        found.chosen(where=[("sex", "X")])
    with pytest.raises(ConfigurationError, match="no column 'age'") as refused:
        found.chosen(without=[("age", "3")])
    assert refused.value.remedy == "use one of file, sex, group"
    with pytest.raises(ConfigurationError, match=r"none of the pictures to leave out is there, such as 2\.jpg"):
        found.chosen(left_out=["2.jpg"])
    with pytest.raises(ConfigurationError, match="no labels"):
        find_portraits(tmp_path).require_column("sex")


def test_what_cannot_be_found_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        find_portraits(tmp_path / "missing")
    with pytest.raises(ConfigurationError, match="no portraits"):
        find_portraits(_touch(tmp_path / "empty", "x.txt"))
    (tmp_path / "l.csv").write_text("file\n1.jpg\n")
    with pytest.raises(ConfigurationError, match="none of the labelled"):
        find_portraits(tmp_path, tmp_path / "l.csv")
    with pytest.raises(SampleError, match="names cannot be read"):
        listed_names(tmp_path / "unknown")


@pytest.mark.parametrize(
    "text",
    ["name,sex\n1.jpg,F\n", "file,sex\n1.jpg\n", "file,sex\n1.jpg,F,extra\n", "file,sex\n", "file\n1.jpg\n1.jpg\n"],
)
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(SampleError, match="labels"):
        read_labels(tmp_path / "labels.csv")


def test_portraits_without_template_are_counted_and_simulated_ones_refused(tmp_path: Path) -> None:
    for person in range(1, 4):
        write_sample(tmp_path / f"{person}.png", person, 1, blank=person == 2)
    (tmp_path / "4.png").write_text("no picture")
    found = embed_population(find_portraits(tmp_path).portraits, FakeFace(), threads=2)
    assert [one.name for one in found.portraits] == ["1.png", "3.png"]
    assert found.failures == {"no_face": 1, "ImageFormatError": 1}
    assert found.vectors.shape == (2, 32)
    write_png(tmp_path / "5.png", np.full((9, 9), 1, np.uint8), simulated=True)
    with pytest.raises(ConfigurationError, match="simulated"):
        embed_population(find_portraits(tmp_path).portraits, FakeFace(), threads=1)
    (tmp_path / "none").mkdir()
    write_sample(tmp_path / "none" / "1.png", 1, 1, blank=True)
    with pytest.raises(SampleError, match="none of 1 portraits could be used: no_face"):
        embed_population(find_portraits(tmp_path / "none").portraits, FakeFace(), threads=1)


def test_cohorts_are_compared_within_themselves() -> None:
    population = _population(30, groups="AB")
    (a, b), (everybody,) = scored_cohorts(population, ["group"]), scored_cohorts(population, [])
    assert (a.values, len(a.scores), len(b.scores), str(b)) == ({"group": "A"}, 105, 105, "group B")
    assert (len(everybody.scores), str(everybody), everybody.persons) == (435, "everybody", 30)
    own = population.vectors[::2]
    assert np.sort(a.scores) == pytest.approx(np.sort((own @ own.T)[np.triu_indices(15, 1)]), abs=1e-6)
    rate = a.fmr(float(np.median(a.scores)))
    assert rate is not None
    assert (rate.errors, rate.trials) == (53, 105)
    (alone,) = scored_cohorts(_population(1), ["group"])
    assert alone.fmr(0.0) is None


def test_a_calibration_states_the_rate_that_the_population_has() -> None:
    found = calibrate_population(_population(400), _wanted())
    # Cosines of random directions in 32 dimensions have a standard deviation of 1 / sqrt(32).
    assert found.calibration.threshold(1e-2) == pytest.approx(2.326 / 32**0.5, abs=0.03)
    assert (found.calibration.pairs, found.calibration.subjects) == (400 * 399 // 2, 400)
    assert found.calibration.origin == "all pairs of different persons; portraits of a test"
    assert found.calibration.tail.rate == pytest.approx(supported_fmr(400 * 399 // 2))
    assert found.fitted_to is None


def test_the_worst_group_is_the_one_whose_strangers_are_most_alike() -> None:
    population = _population(800, groups="ABC", spread={"B": 2.5})
    pooled = calibrate_population(population, _wanted(within=("group",)))
    worst = calibrate_population(population, _wanted(within=("group",), worst=True))
    assert worst.fitted_to is not None
    assert worst.fitted_to.values == {"group": "B"}
    assert "group B" in worst.calibration.origin
    assert worst.calibration.subjects == 267
    for found, holds in ((pooled, False), (worst, True)):
        rates = [cohort.fmr(found.calibration.threshold(1e-3)) for cohort in found.cohorts]
        assert (max(rate.value for rate in rates if rate is not None) < 1.05e-3) is holds


def test_a_group_too_small_to_tell_does_not_decide() -> None:
    vectors = _population(320).vectors.copy()
    vectors[-20:] = vectors[-1]
    population = _embedded(vectors, ["A"] * 300 + ["B"] * 20)
    found = calibrate_population(population, _wanted(within=("group",), worst=True))
    assert found.fitted_to is not None
    assert found.fitted_to.values == {"group": "A"}
    with pytest.raises(ConfigurationError, match=r"the largest \(group A\) has 300 persons"):
        calibrate_population(population, _wanted(within=("group",), worst=True, target_fmr=1e-4))


@pytest.mark.parametrize(("count", "target", "persons"), [(99, 1e-2, 100), (240, 1e-3, 250), (240, 1e-4, 790)])
def test_too_few_persons_are_refused_with_how_many_are_needed(count: int, target: float, persons: int) -> None:
    with pytest.raises(ConfigurationError, match="too few") as refused:
        calibrate_population(_population(count), _wanted(target_fmr=target))
    assert f"about {persons} persons" in str(refused.value.remedy)
    calibrate_population(_population(persons + 1), _wanted(target_fmr=target))


def test_second_pictures_are_shown_and_move_the_tail_until_they_are_left_out() -> None:
    clean = _population(300)
    vectors = clean.vectors.copy()
    for place in range(5):
        vectors[place] = vectors[100 + place] + 0.08 * vectors[200 + place]
        vectors[place] /= np.linalg.norm(vectors[place])
    found = calibrate_population(_embedded(vectors, ["A"] * 300), _wanted())
    shown = {(pair.first, pair.second) for pair in found.likely_one_person}
    assert shown >= {(f"{place}.png", f"{100 + place}.png") for place in range(5)}
    assert len(shown) <= 5 + 8
    assert found.likely_one_person[0].score == max(pair.score for pair in found.likely_one_person) > 0.9
    without = calibrate_population(_embedded(vectors[5:], ["A"] * 295), _wanted())
    assert all(pair.score < 0.9 for pair in without.likely_one_person)
    assert without.calibration.threshold(1e-5) < found.calibration.threshold(1e-5)

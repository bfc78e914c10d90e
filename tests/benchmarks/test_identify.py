from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import benchmarks.steps.parts
from api.command_line import BAD_INPUT, main
from benchmarks.accuracy import identify_listed
from benchmarks.accuracy.identify import measure_identification
from benchmarks.accuracy.identify_distractors import MIRRORED, SIMULATED, counting, spread
from benchmarks.accuracy.identify_persons import people_of, person_ranks
from benchmarks.accuracy.identify_prints import Prints, mirrored, prints_of
from benchmarks.accuracy.identify_ranks import penetration_figures, rank_figures, ranks_of
from benchmarks.accuracy.identify_scores import BothScores, Side, all_scores
from benchmarks.accuracy.identify_sides import Sides
from benchmarks.accuracy.identify_single import Searches, search_figures
from benchmarks.accuracy.identify_tails import compare_tails
from benchmarks.accuracy.measured import Bench
from benchmarks.data_folder import data_folder
from benchmarks.datasets import DataSet, SampleFile, finger_sets
from benchmarks.descriptor.centring import moved, vectors_of
from benchmarks.identification import NOT_FOUND
from benchmarks.rates import NOT_COMPARED
from benchmarks.templates import CachingExtractor
from biometrics.errors import ConfigurationError
from biometrics.positions import FOUR_FINGERS
from biometrics.templates import MinutiaSet
from matching.comparison import ProbePart
from matching.descriptor import finger_vectors
from matching.descriptor.weights import shipped_weights
from matching.minutiae import prepare
from matching.person_vectors import layout_of, person_vectors
from tests.benchmarks.fakes import FakeFinger, write_sample
from tests.matching.simulated_minutiae import captured_again, finger

NONE = NOT_COMPARED


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"MATES": 200, "STRANGERS": 2_000, "REPLICATES": 10}.items():
        monkeypatch.setattr(identify_listed, name, small)


def _prints(sizes: list[list[int]], seed: int = 1, missing: tuple[int, ...] = ()) -> Prints:
    """Return prints of simulated fingers: for each set, how many impressions each of its fingers has."""
    random = np.random.default_rng(seed)
    minutiae: list[MinutiaSet] = []
    sets: list[int] = []
    fingers: list[int] = []
    for number, impressions in enumerate(sizes):
        for count in impressions:
            own = finger(random)
            minutiae += [own, *(captured_again(random, own) for _ in range(count - 1))]
            fingers += [len(set(fingers))] * count
            sets += [number] * count
    return Prints(
        minutiae=tuple(None if place in missing else one for place, one in enumerate(minutiae)),
        sets=np.array(sets),
        fingers=np.array(fingers),
        qualities=np.full(len(sets), 50, np.float32),
    )


def test_ranks_count_ties_against_the_mate_and_know_what_is_missing() -> None:
    scores = np.array([[5, 7, 5, NONE], [1, 2, 3, 4], [NONE, 1, 1, 1], [NONE] * 4], np.float32)
    assert ranks_of(scores, np.array([0, 3, 0, 1])).tolist() == [3, 1, NOT_FOUND, NOT_FOUND]


def test_shares_found_by_rank() -> None:
    ranks, persons = np.array([1, 2, NOT_FOUND, 30]), np.array([0, 0, 1, 1])
    figures = rank_figures(ranks, persons, 20, wanted=(1, 10, 50), replicates=20)
    assert {name: figure.value for name, figure in figures.items()} == {"rank-1": 0.25, "rank-10": 0.5}
    assert figures["rank-10"].counts == {"found": 2, "searches": 4}


def test_penetration_is_what_it_takes_to_find_so_many_mates() -> None:
    ranks = np.array([*[1] * 90, *[5] * 5, *[40] * 4, NOT_FOUND])
    figures = penetration_figures(ranks, np.arange(100), 50, replicates=20)
    assert figures["penetration for 90% of mates"].value == pytest.approx(1 / 50)
    assert figures["penetration for 95% of mates"].value == pytest.approx(5 / 50)
    assert figures["penetration for 99% of mates"].value == pytest.approx(40 / 50)
    assert figures["mean penetration"].value == pytest.approx((90 / 50 + 5 * 5 / 50 + 4 * 40 / 50 + 1) / 100)
    ranks[:5] = NOT_FOUND
    assert "penetration for 95% of mates" not in penetration_figures(ranks, np.arange(100), 50, replicates=20)


def test_single_fingers_are_ranked_by_vectors_and_by_comparison() -> None:
    vectors = np.array([[0.9, 0.1, 0.1, 0.1], [0.9, 0.1, 0.1, 0.1]], np.float32)
    matcher = np.array([[8, 1, 0, 0], [1, 8, 0, 0]], np.float32)
    both = BothScores(vectors=vectors, matcher=matcher)
    searches = Searches(scores=both, mates=np.array([0, 1]), persons=np.array([0, 1]))
    figures = search_figures(searches, replicates=20)
    assert figures["exhaustive/rank-1"].value == 1.0
    assert figures["vector/rank-1"].value == 0.5


def test_a_print_in_a_mirror_twice_is_itself() -> None:
    one = finger(np.random.default_rng(3))
    once = mirrored(one)
    assert once.x == pytest.approx(one.width - 1 - one.x, abs=1e-3)
    twice = mirrored(once)
    assert twice.x == pytest.approx(one.x, abs=1e-3)
    assert np.cos(twice.angle - one.angle) == pytest.approx(1.0, abs=1e-5)
    assert (once.y == one.y).all()


def test_scores_are_those_of_the_product_and_missing_where_there_is_nothing_to_compare() -> None:
    prints = _prints([[2, 2]], missing=(2,))
    side = Sides.of(prints).real
    scores = all_scores(side, side)
    vectors, _ = finger_vectors([prepare(one) for one in prints.minutiae[:2] if one is not None])
    assert scores.vectors[0, 1] == pytest.approx(vectors[0] @ vectors[1], abs=1e-6)  # there is one set only
    for part in (scores.vectors, scores.matcher):
        assert (part[2] == NONE).all() and (part[:, 2] == NONE).all()
        assert np.isfinite(part[np.ix_([0, 1, 3], [0, 1, 3])]).all()
        assert part[0, 1] > part[0, 3]


def test_each_of_several_sets_is_described_as_if_it_had_taken_no_part() -> None:
    prints = _prints([[2, 2], [3], [2]])
    vectors, _ = finger_vectors([prepare(one) for one in prints.minutiae if one is not None])
    sides = Sides.of(prints)
    assert np.abs(sides.real.vectors - vectors).max() > 0.01
    others = [one for one, number in zip(prints.minutiae, prints.sets, strict=True) if number != 1]
    moved_to = vectors_of(others, np.zeros(len(others), np.int64), {0: moved(shipped_weights(), others)})
    # Moved by the others, these have no direction in common.
    assert np.linalg.norm(moved_to.mean(axis=0)) < np.linalg.norm(sides.real.vectors[:4].mean(axis=0))
    again = vectors_of(prints.minutiae, prints.sets, dict.fromkeys((0, 1, 2), moved(shipped_weights(), others)))
    assert again[prints.sets == 1] == pytest.approx(sides.real.vectors[prints.sets == 1], abs=1e-6)
    assert sides.of_no_set(prints.minutiae).vectors == pytest.approx(vectors, abs=1e-6)


def _hands(prints: Prints, rows: NDArray[np.int64]) -> list[list[ProbePart]]:
    """Return persons with a finger of each set."""
    return [
        [
            ProbePart(position=position, samples=(prepare(one),))
            for position, place in zip(FOUR_FINGERS, row, strict=False)
            if (one := prints.minutiae[place]) is not None
        ]
        for row in rows
    ]


def test_persons_rank_as_the_rows_of_the_product_do() -> None:
    prints = _prints([[3, 2, 3], [2, 3, 2, 2]], missing=(1,))
    people = people_of(prints, strangers=60)
    assert people is not None
    assert people.references.tolist() == [[0, 8], [3, 10], [5, 13]]
    assert people.owners.tolist() == [0, 1, 2]  # each has one probe: its least photographed finger has two prints
    assert people.probes.tolist() == [[1, 9], [4, 11], [6, 14]]
    side = Side(minutiae=prints.minutiae, vectors=Sides.of(prints).of_no_set(prints.minutiae).vectors)
    scores = all_scores(side, side)
    layout = layout_of(None, FOUR_FINGERS[:2])
    probes, _ = person_vectors(layout, _hands(prints, people.probes))
    references, _ = person_vectors(layout, _hands(prints, people.references))
    ranks = person_ranks(people, scores.vectors, np.full_like(scores.vectors, -1), [(0, 1)])
    product = probes @ references.T
    assert ranks.tolist() == [(row >= row[own]).sum() for row, own in zip(product, people.owners, strict=True)]


def test_a_person_of_whom_nothing_can_be_compared_is_not_found() -> None:
    prints = _prints([[2, 2], [2, 2]], missing=(1, 5))
    people = people_of(prints, strangers=5)
    assert people is not None
    side = Sides.of(prints).real
    scores = all_scores(side, side).vectors
    assert person_ranks(people, scores, scores, [(0, 1)]).tolist()[0] == NOT_FOUND


@pytest.mark.parametrize("sizes", [[[8, 8, 8]], [[2, 1], [1, 2]], [[1, 1], [1, 1]]])
def test_persons_need_two_sets_and_two_of_them_probes(sizes: list[list[int]]) -> None:
    assert people_of(_prints(sizes), strangers=5) is None


def test_a_light_tail_is_found_out() -> None:
    random = np.random.default_rng(1)
    real, alike = (random.normal(0, 1, 50_000).astype(np.float32) for _ in range(2))
    tails = compare_tails(real, {MIRRORED: alike, SIMULATED: alike * np.float32(0.7)})
    assert tails[MIRRORED].weight == pytest.approx(1.0, abs=0.15)
    assert tails["real"].figures["99 %"].value == pytest.approx(2.326, abs=0.05)
    weight = tails[SIMULATED].weight
    assert weight is not None and weight < 0.2
    counted, notes = counting([MIRRORED, SIMULATED], {"matcher": tails})
    assert counted == [MIRRORED]
    assert notes == (
        f"simulated prints are left out: their tail weighs {weight:.2f} for the matcher of real impostors'",
    )


def test_without_real_impostors_every_distractor_counts() -> None:
    nothing, some = np.full(3, NONE, np.float32), np.ones(5, np.float32)
    tails = compare_tails(nothing, {MIRRORED: some})
    assert tails[MIRRORED].weight is None
    assert counting([MIRRORED], {"matcher": tails}) == ([MIRRORED], ())


@pytest.mark.parametrize(
    ("available", "wanted", "count"), [(10, 4, 4), (4, 10, 4), (5, 0, 0), (0, 3, 0), (320, 320, 320)]
)
def test_distractors_are_spread_evenly(available: int, wanted: int, count: int) -> None:
    chosen = spread(available, wanted)
    assert len(chosen) == count
    assert len(np.unique(np.diff(chosen))) <= 2


def _folder(folder: Path, fingers: int, impressions: int, first: int = 1) -> DataSet:
    for number, touch in itertools.product(range(first, first + fingers), range(1, impressions + 1)):
        write_sample(folder / f"{number}_{touch}.png", number, touch)
    return finger_sets([data_folder(str(folder))])[0]


def _fillers(folder: Path, count: int) -> DataSet:
    data = _folder(folder, count, 1, first=150)
    return DataSet(name="fillers", samples=data.samples)


def test_a_whole_measurement(tmp_path: Path) -> None:
    sets = [_folder(tmp_path / "one", 5, 3), _folder(tmp_path / "two", 4, 3, first=20)]
    asked: list[int] = []

    def simulate(count: int) -> DataSet:
        asked.append(count)
        return _fillers(tmp_path / "fillers", count)

    bench = Bench(extractor=CachingExtractor(FakeFinger(), tmp_path / "cache"), replicates=20)
    measured = measure_identification(sets, bench, simulate=simulate, gallery=50, persons=300)
    assert asked == [50 - 9 - 27]
    assert measured.searches.scores.matcher.shape[0] == 9 * 2
    size = measured.searches.size
    assert measured.figures[f"single, N={size}/exhaustive/rank-1"].value == 1.0
    assert measured.figures[f"single, N={size}/vector/rank-10"].value == 1.0
    assert measured.figures["persons, N=304/2 fingers/vector/rank-1"].value == 1.0
    assert measured.figures["search of 1,000,000/2 fingers/mates not listed"].value < 0.2
    assert "discard/FNMR without discarding" in measured.figures
    assert measured.raw_scores()["mates"].max() < 9
    assert "tails/matcher/mirrored/weight of the tail" in measured.figures


def test_a_full_gallery_needs_no_simulated_prints(tmp_path: Path) -> None:
    def never(count: int) -> DataSet:
        raise AssertionError(count)

    bench = Bench(extractor=CachingExtractor(FakeFinger(), tmp_path / "cache"), replicates=20)
    data = _folder(tmp_path / "one", 4, 3)
    measured = measure_identification([data], bench, simulate=never, gallery=10, persons=10)
    assert measured.searches.size == 10
    assert not any(name.startswith("persons") for name in measured.figures)


def test_prints_of_which_no_two_show_one_finger_are_refused(tmp_path: Path) -> None:
    bench = Bench(extractor=CachingExtractor(FakeFinger(), tmp_path / "cache"), replicates=20)
    enrolled = [bench.extractor.extract_all(_folder(tmp_path / "one", 4, 1))]
    with pytest.raises(ConfigurationError):
        prints_of(enrolled)


def test_equal_names_in_different_sets_are_different_fingers(tmp_path: Path) -> None:
    bench = Bench(extractor=CachingExtractor(FakeFinger(), tmp_path / "cache"), replicates=20)
    first, second = _folder(tmp_path / "one", 2, 2), _folder(tmp_path / "two", 2, 2)
    blank = SampleFile(name="gone.png", path=tmp_path / "gone.png", subject="1")
    second = DataSet(name="two", samples=(*second.samples, blank))
    prints = prints_of([bench.extractor.extract_all(one) for one in (first, second)])
    assert prints.fingers.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 2]
    assert prints.present.tolist() == [*[True] * 8, False]
    assert prints.firsts.tolist() == [True, False] * 4 + [False]


def test_the_command_prints_figures_or_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmarks.steps.parts, "load_extractor", lambda *_: FakeFinger())
    _folder(tmp_path / "one", 4, 3)
    _folder(tmp_path / "two", 4, 2, first=20)
    folders = [str(tmp_path / "one"), f"{tmp_path / 'two'}:569"]
    words = ["bench", "identify", "--data", *folders, "--gallery", "20", "--persons", "50", "--replicates", "20"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    assert "persons, N=54/2 fingers/vector/rank-1 " in capsys.readouterr().out
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".html", ".json", ".npz"]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parameters"]["data"] == {"one": "500 ppi", "two": "569 ppi"}
    assert document["figures"]["single, N=20/exhaustive/rank-1"]["counts"] == {"found": 12, "searches": 12}


def test_the_command_refuses_prints_without_mates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmarks.steps.parts, "load_extractor", lambda *_: FakeFinger())
    _folder(tmp_path / "one", 4, 1)
    assert main(["bench", "identify", "--data", str(tmp_path / "one")]) == BAD_INPUT
    assert "fewer than two fingers have several prints" in capsys.readouterr().err

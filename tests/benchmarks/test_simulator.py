"""`kura bench simulator`: what it measures, on pictures whose properties are known; once as its users meet it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import benchmarks.steps.parts
from api.command_line import main
from benchmarks.accuracy.measured import Bench
from benchmarks.accuracy.simulator import Likeness, closeness_figures, is_generated, measure_likeness
from benchmarks.data_folder import DataFolder
from benchmarks.datasets import DataSet, finger_sets
from benchmarks.likeness import comparison_lines, likeness_plots
from benchmarks.results import read_result, read_scores
from benchmarks.simulation import POSITIONS, Wanted, simulate_set
from benchmarks.templates import CachingExtractor
from biometrics.errors import ConfigurationError, SampleError
from biometrics.extraction import Extraction
from biometrics.images import read_image
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample
from devices.simulated import CLEAN
from tests.benchmarks.fakes import FakeFinger, write_sample


class _Measuring(FakeFinger):
    """Says of a print what its finger's number says: the ridge period is that of finger 10 x period."""

    def extract(self, sample: BiometricSample) -> Extraction:
        found = super().extract(sample)
        number = float(sample.pixels[0, 0])
        components = {
            "minutiae": 40.0,
            "ridge_period_px": number / 10,
            "print_area_cm2": 1.5,
            "ridge_clarity": 0.5,
        }
        quality = QualityScore(value=50, algorithm="none/1", components=components)
        if found.template is None:
            return replace(found, quality=quality)
        return replace(found, quality=quality, template=replace(found.template, quality=quality))


def _set(folder: Path, first: int, *, fingers: int = 8, blank: int = 0) -> DataSet:
    for finger in range(first, first + fingers):
        for touch in (1, 2):
            write_sample(folder / f"{finger}_{touch}.png", finger, touch, blank=finger < first + blank)
    return finger_sets([DataFolder(path=folder)])[0]


def _measure(tmp_path: Path, simulated: DataSet, *others: DataSet) -> Likeness:
    return measure_likeness(
        simulated, others, Bench(extractor=CachingExtractor(_Measuring(), tmp_path / "cache"), replicates=30)
    )


def test_what_is_alike_is_near_and_what_differs_is_far(tmp_path: Path) -> None:
    simulated = _set(tmp_path / "simulated", 20)
    near, far = _set(tmp_path / "near", 20), _set(tmp_path / "far", 24)
    generated = _set(tmp_path / "fvc2002_DB4_B", 60)
    measured = _measure(tmp_path, simulated, near, far, generated)
    figures = measured.figures
    assert figures["ridge period/simulated to near"].value == 0.0
    assert figures["genuine score/simulated to near"].value == 0.0
    assert figures["impostor score/simulated to near"].value == 0.0
    assert figures["ridge period/simulated to far"].value == 0.5  # half the fingers are the same
    assert figures["ridge period/simulated to real"].value == 0.25
    assert figures["ridge period/real to real"].value == 0.5
    assert figures["ridge period/fvc2002_DB4_B to real"].value == 1.0
    assert (figures["ridge period/rank"].value, figures["ridge period/rank"].unit) == (1.0, "of 3")
    assert figures["print area/simulated to real"].value == 0.0
    assert figures["near/ridge period, median"].value == 2.3
    assert figures["far/ridge period, 95 %"].value == 3.1
    assert {f"{name}/impostor score, 99.9 %" for name in ("simulated", "near", "far")} <= set(figures)
    assert figures["simulated/EER"].counts["genuine pairs"] == 8
    assert any("SFinGe" in note and "DB4" in note for note in measured.notes)


def test_a_simulator_unlike_all_ranks_last(tmp_path: Path) -> None:
    others = [_set(tmp_path / f"real{first}", first) for first in (20, 22, 24)]
    measured = _measure(tmp_path, _set(tmp_path / "simulated", 90), *others)
    rank = measured.figures["ridge period/rank"]
    assert (rank.value, rank.low, rank.high, rank.unit) == (4.0, 4.0, 4.0, "of 4")


def test_prints_that_failed_to_enroll_are_counted_and_not_measured(tmp_path: Path) -> None:
    measured = _measure(tmp_path, _set(tmp_path / "simulated", 20, blank=2), _set(tmp_path / "real", 20))
    assert measured.figures["simulated/failure to enroll"].value == 0.25
    assert measured.figures["simulated/ridge period, 5 %"].value == 2.2
    assert len(measured.distributions["simulated"]["genuine score"].values) == 6
    assert tuple(measured.failed["simulated"]) == ("20_1.png", "20_2.png", "21_1.png", "21_2.png")
    assert "ridge period/rank" not in measured.figures  # of one real set nobody can say how far such sets are apart
    assert measured.raw_scores()["real.ridge period"].shape == (16,)
    assert {"simulated.genuine", "simulated.impostor"} <= set(measured.raw_scores())


def test_a_set_of_which_nothing_was_enrolled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="none of 4 samples"):
        _measure(tmp_path, _set(tmp_path / "simulated", 20), _set(tmp_path / "real", 20, fingers=2, blank=2))


def test_the_rank_counts_real_sets_that_are_nearer_to_the_rest() -> None:
    def apart(value: float) -> tuple[float, np.ndarray]:
        return value, np.array([value, value])

    distances = {
        ("s", "a"): apart(0.3),
        ("s", "b"): apart(0.3),
        ("s", "c"): apart(0.6),
        ("a", "b"): apart(0.1),
        ("a", "c"): apart(0.6),
        ("b", "c"): apart(0.9),
    }
    figures = closeness_figures(distances, "s", ["a", "b", "c"])  # means: s 0.4; a 0.35, b 0.5, c 0.75
    assert figures["simulated to real"].value == pytest.approx(0.4)
    assert figures["real to real"].value == pytest.approx(1.6 / 3)
    assert figures["rank"].value == 2.0


@pytest.mark.parametrize(
    ("name", "generated"),
    [
        ("fvc2002_DB4_B", True),
        ("FVC2004 Db4_a", True),
        ("fvc2002_DB1_B", False),
        ("fvc2002_DB3_B", False),
        ("x", False),
    ],
)
def test_fourth_fvc_databases_are_known_to_be_generated(name: str, generated: bool) -> None:
    assert is_generated(name) is generated


def test_without_real_prints_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    simulated = _set(tmp_path / "simulated", 20, fingers=2)
    for others in ([], [_set(tmp_path / "fvc2002_DB4_B", 20, fingers=2)], [simulated]):
        with pytest.raises(ConfigurationError, match="real prints are needed"):
            _measure(tmp_path, simulated, *others)


def test_the_table_and_the_plots_show_every_set(tmp_path: Path) -> None:
    sets = [_set(tmp_path / name, 20) for name in ("simulated", "one", "two", "fvc2002_DB4_B")]
    measured = _measure(tmp_path, *sets)
    lines = comparison_lines(measured)
    assert " ".join(lines[0].split()) == (
        "simulated one two fvc2002_DB4_B simulated to real fvc2002_DB4_B to real real to real rank simulated to each"
    )
    (period,) = (line for line in lines if line.startswith("ridge period"))
    assert period.count("2 2.3 2.7") == 4
    assert "0.00 (" in period
    assert period.endswith("0.00 0.00 0.00")
    plots = likeness_plots(measured)
    assert len(plots) == 7
    for svg in plots.values():
        for name in ("simulated", "one", "two", "fvc2002_DB4_B (generated)"):
            assert f">{name}<" in svg


def _wanted(seed: int) -> Wanted:
    return Wanted(fingers=2, impressions=2, seed=seed, profile=CLEAN)


def test_prints_are_marked_as_simulated_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    wanted = _wanted(5)
    data, speed = simulate_set(wanted, tmp_path / "a")
    again, _ = simulate_set(wanted, tmp_path / "b")
    assert [sample.name for sample in data.samples] == ["1_1.png", "1_2.png", "2_1.png", "2_2.png"]
    assert [sample.subject for sample in data.samples] == ["1", "1", "2", "2"]
    contents = [sample.path.read_bytes() for sample in data.samples]
    assert contents == [sample.path.read_bytes() for sample in again.samples]
    assert len(set(contents)) == 4
    assert all((image.simulated, image.ppi) == (True, 500.0) for image in map(read_image, (tmp_path / "a").iterdir()))
    assert speed == {}  # too few to tell
    other = next(iter(_wanted(6).orders()))
    orders = list(wanted.orders())
    assert other.traits.seed != orders[0].traits.seed
    assert [order.traits.position for order in orders] == list(POSITIONS[:2])


def test_what_is_extracted_from_simulated_prints_knows_it(tmp_path: Path) -> None:
    data, _ = simulate_set(_wanted(5), tmp_path / "a")
    seen: list[bool] = []

    class Seeing(_Measuring):
        def extract(self, sample: BiometricSample) -> Extraction:
            seen.append(sample.simulated)
            return super().extract(sample)

    CachingExtractor(Seeing(), tmp_path / "cache").extract_all(data)
    CachingExtractor(Seeing(), tmp_path / "cache").extract_all(_set(tmp_path / "real", 20, fingers=1))
    assert seen == [True] * 4 + [False] * 2


def test_the_command_refuses_before_it_simulates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    _set(tmp_path / "fvc2002_DB4_B", 20, fingers=2)
    assert main(["bench", "simulator", "--data", str(tmp_path / "fvc2002_DB4_B")]) == 3
    assert "real prints are needed" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_the_command_simulates_compares_and_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmarks.steps.parts, "load_extractor", lambda *_: _Measuring())
    _set(tmp_path / "one", 20)
    _set(tmp_path / "two", 22)
    out = tmp_path / "out"
    words = ["bench", "simulator", "--data", str(tmp_path / "one"), str(tmp_path / "two")]
    words += ["--fingers", "6", "--impressions", "2", "--replicates", "10", "--seed", "3", "--profile", "clean"]
    assert main([*words, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "impostor score" in printed
    assert "1 master and 2 impressions, one thread" in printed
    (path,) = out.glob("*.json")
    result = read_result(path)
    assert result.parameters["simulated"] == {"fingers": 6, "impressions": 2, "seed": 3}
    assert result.parameters["profile"] == "clean"
    assert result.figures["simulated/1 master and 2 impressions, one thread"].unit == "s"
    assert any(name.startswith("simulated/prints written") for name in result.figures)
    assert result.scores is not None
    assert read_scores(result.scores, out)["simulated.minutiae"].shape == (12,)
    page = path.with_suffix(".html").read_text()
    assert ("Prints by ridge period" in page, str(tmp_path) in page) == (True, False)
    assert len(list((out / "simulated_clean_3").glob("*.png"))) == 12
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["data_sha256"] == result.data_sha256
    assert len(list((tmp_path / "cache" / "bench" / "simulated_clean_3").glob("*.png"))) == 12


@pytest.mark.parametrize(("fingers", "impressions"), [(1, 2), (2, 1), (1_000_001, 2), (2, 1_001)])
def test_what_cannot_be_compared_is_not_simulated(fingers: int, impressions: int) -> None:
    with pytest.raises(
        ConfigurationError, match=f"fingers {fingers}, impressions of each {impressions} .simulate 2 to"
    ):
        Wanted(fingers=fingers, impressions=impressions, seed=1, profile=CLEAN)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seed", "-1"], "'-1' is not a whole number from 0 to 999,999,999"),
        (["--seed", "9" * 10], "is not a whole number from 0 to 999,999,999"),
        (["--fingers", "1"], "'1' is not a whole number from 2 to 1,000,000"),
        (["--fingers", "1000001"], "is not a whole number from 2 to 1,000,000"),
        (["--impressions", "1"], "'1' is not a whole number from 2 to 1,000"),
        (["--impressions", "9" * 20], "is not a whole number from 2 to 1,000"),
        (["--profile", "wet"], "ordinary"),
        (["--data", ".:many"], "'many' after the colon is not a number of pixels per inch"),
        (["--out", ""], "the folder is empty"),
        (["--data", ""], "the folder is empty"),
    ],
)
def test_misuse_is_told_by_the_parser(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "simulator", "--data", "x", *words])
    assert (left.value.code, said in capsys.readouterr().err) == (2, True)


def test_real_prints_must_be_given() -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "simulator"])
    assert left.value.code == 2

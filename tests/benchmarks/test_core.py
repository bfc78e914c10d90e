"""Figures, timing, data digests and the environment."""

from __future__ import annotations

import os
import platform
import socket
from pathlib import Path

import cv2
import numba
import pytest

from benchmarks.data_hash import data_hash
from benchmarks.environment import describe_environment
from benchmarks.figures import RATE, Figure, mean_figure
from benchmarks.timing import measured, median_figure, single_threaded
from biometrics.errors import ProcessingError


class _Clock:
    """Advances only when a call says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_measured_in_the_unit_asked_for() -> None:
    clock = _Clock()

    def work(seconds: float) -> None:
        clock.now += seconds

    figure = measured([lambda s=s: work(s) for s in (0.1, 0.5, 0.2, 0.3, 0.4, 9.0)], clock=clock)  # type: ignore[misc]
    assert figure.value == pytest.approx(350.0)
    assert (figure.low, figure.high) == pytest.approx((100.0, 9000.0))
    assert figure.unit == "ms"


@pytest.mark.parametrize(("count", "kept"), [(6, 1), (9, 2), (20, 6), (50, 18)])
def test_the_interval_of_a_median_is_that_of_the_binomial_table(count: int, kept: int) -> None:
    figure = median_figure([float(value) for value in range(1, count + 1)], unit="ms")
    assert (figure.low, figure.high) == (kept, count - kept + 1)


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(ProcessingError, match="5 rounds"):
        median_figure([1.0] * 5, unit="ms")
    with pytest.raises(ProcessingError, match="5 rounds"):
        measured([int] * 5)


def test_one_thread_is_used_while_timed_and_all_are_given_back() -> None:
    before = cv2.getNumThreads(), numba.get_num_threads()
    with single_threaded():
        assert (cv2.getNumThreads(), numba.get_num_threads()) == (1, 1)
    assert (cv2.getNumThreads(), numba.get_num_threads()) == before
    cv2.setNumThreads(2)
    with single_threaded():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 2
    cv2.setNumThreads(before[0])


def test_a_mean_of_independent_figures_is_surer_than_each() -> None:
    parts = [
        Figure(value=v, low=v - 0.01, high=v + 0.02, unit=RATE, counts={"trials": 10}) for v in (0.1, 0.2, 0.3, 0.4)
    ]
    mean = mean_figure(parts)
    assert (mean.value, mean.low, mean.high) == pytest.approx((0.25, 0.245, 0.26))
    assert mean.counts == {"trials": 40}
    with pytest.raises(ProcessingError):
        mean_figure([parts[0], Figure(value=1, low=1, high=1, unit="ms")])


@pytest.mark.parametrize(
    ("value", "low", "high", "unit"),
    [(0.5, 0.6, 0.7, RATE), (0.5, 0.1, 1.2, RATE), (float("nan"), 0, 1, "ms"), (5.0, 1.0, float("inf"), "ms")],
)
def test_a_figure_lies_in_a_finite_interval(value: float, low: float, high: float, unit: str) -> None:
    with pytest.raises(ProcessingError):
        Figure(value=value, low=low, high=high, unit=unit)


def test_one_byte_one_name_or_one_border_changes_the_data_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"x" * 3_000_000)
    second.write_bytes(b"yz")
    whole = data_hash({"a": first, "b": second})
    assert whole == data_hash({"b": second, "a": first})
    assert whole != data_hash({"a": first, "c": second})
    assert whole != data_hash({"a": second, "b": first})
    second.write_bytes(b"yZ")
    assert whole != data_hash({"a": first, "b": second})
    second.write_bytes(b"yz")
    assert whole == data_hash({"a": first, "b": second})
    first.write_bytes(b"x" * 2_999_999 + b"w")
    assert whole != data_hash({"a": first, "b": second})


def test_a_file_that_cannot_be_read_counts_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    gone = data_hash({"a": tmp_path / "gone"})
    assert gone == data_hash({"a": tmp_path})
    assert gone != data_hash({"b": tmp_path / "gone"})
    assert gone != data_hash({"a": tmp_path / "empty"})


def test_the_environment_names_versions_but_no_host_user_or_path() -> None:
    found = describe_environment()
    assert found.python == platform.python_version()
    assert {"kura", "numpy", "onnxruntime", "opencv-python"} <= found.packages.keys()
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.memory_gib > 0
    text = str(found.document())
    assert socket.gethostname() not in found.document().values()
    assert str(Path.home()) not in text
    assert str(Path(__file__).parents[2]) not in text
    assert (found.commit is None) == (found.changed is None)

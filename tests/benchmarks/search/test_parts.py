"""The parts of the benchmarks of searches, each by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.search import contest
from benchmarks.search.bandwidth import reading_calls
from benchmarks.search.contest import Contest, Times, busy_seconds, hold
from benchmarks.search.growth import worst_deviation
from benchmarks.search.kernels import read_four, read_one
from benchmarks.search.limits import limits_at
from benchmarks.search.peers import Peer, blas_thresholds, empty_flat_index, fastest, flat_peer, vectors_of
from benchmarks.search.people import fused_layout, queries_of
from benchmarks.search.room import fits, free_memory, own_memory, require_disk
from benchmarks.search.rows import Requirement, Row, requirement_lines, row_lines
from benchmarks.vector_population.population import plain_layout, population
from biometrics.errors import StorageError


def _row(n: int, ours_ms: float) -> Row:
    return Row(
        name="growth",
        exact=True,
        kernel="k",
        threads=1,
        n=n,
        dim=64,
        batch=1,
        ours_ms=ours_ms,
        low_ms=ours_ms,
        high_ms=ours_ms,
        rounds=6,
        further={"more": 1},
    )


def test_every_other_round_goes_backwards_after_one_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "MOST_ROUNDS", 6)
    order: list[str] = []
    held = hold({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, what="test")
    assert "".join(order) == "ab" + "abba" * 3
    assert all(len(times.wall_s) == len(times.processor_s) == 6 for times in held.times.values())


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    slow = Times(wall_s=(4.0,) * 6, processor_s=(2.0, 4.0, 6.0, 8.0, 20.0, 2.0))
    fast = Times(wall_s=(2.0, 1.0, 2.0, 2.0, 2.0, 2.0), processor_s=(1.0, 2.0, 3.0, 4.0, 1.0, 1.0))
    held = Contest(times={"slow": slow, "fast": fast}, others_cores=None)
    assert held.ratio("slow", "fast").value == 2.0
    assert held.best_wall_ratio("slow", "fast") == 4.0


def test_busy_seconds_leave_out_idle_and_waiting(tmp_path: Path) -> None:
    statistics = tmp_path / "stat"
    statistics.write_text("cpu  100 0 100 9000 9000 0 0 0 0 0\n")
    busy = busy_seconds(statistics)
    assert busy is not None
    assert 0.0 < busy < 10.0
    assert busy_seconds(tmp_path / "missing") is None


def test_buffers_are_read_whole() -> None:
    words = np.arange(64, dtype=np.uint64)
    assert int(read_one(words)) == int(read_four(words)) == 63 * 32
    assert all(int(call()) > 0 for call in reading_calls().values())  # type: ignore[call-overload]


def test_limits_let_through_what_they_state() -> None:
    people = population(plain_layout(64), 8_192, 3)
    (rows,) = list(people)
    limits = limits_at(0.01, people.layout, rows.vectors, rows.masks)
    assert limits[0] == np.inf
    scores = rows.vectors[:2_000] @ rows.vectors[4_000:].T
    assert 0.003 < float((scores >= limits[1]).mean()) < 0.03


def test_limits_rise_with_the_rate_and_count_only_what_is_shared() -> None:
    people = population(fused_layout(), 2_048, 3)
    (rows,) = list(people)
    strict, loose = (limits_at(rate, people.layout, rows.vectors, rows.masks) for rate in (1e-6, 1e-2))
    assert (strict[1:] > loose[1:]).all()
    assert strict[-1] > strict[1]


def test_every_other_probe_is_enrolled() -> None:
    people = population(plain_layout(256), 1_000, 3)
    (rows,) = list(people)
    queries = queries_of(people, 8)
    best = (queries.vectors @ rows.vectors.T).max(axis=1)
    assert best[0::2].min() > best[1::2].max()


def test_the_fastest_way_competes_and_all_that_were_tried_are_told() -> None:
    peer = fastest("peer", {"slow": lambda: sum(range(400_000)), "fast": lambda: None})
    assert isinstance(peer, Peer)
    assert peer.name == "peer (fast)"
    assert peer.tried.keys() == {"slow", "fast"}


def test_a_flat_index_keeps_its_memory_and_answers() -> None:
    vectors = np.random.default_rng(1).standard_normal((500, 16)).astype(np.float32)
    index = empty_flat_index(16, 500)
    index.add(vectors[:200])
    index.add(vectors[200:])
    assert np.array_equal(vectors_of(index), vectors)
    peer = flat_peer(index, vectors[:3], threshold=1.0, k=None)
    assert len(peer.tried) == 2 * len(blas_thresholds(16))
    assert flat_peer(index, vectors[:3], threshold=None, k=900).call()


def test_requirements_say_whether_they_are_reached() -> None:
    least = Requirement(what="a", against="b", wanted=4.0, measured=4.0)
    most = Requirement(what="a", against="b", wanted=4.0, measured=4.1, least=False)
    unknown = Requirement(what="a", against="b", wanted=4.0, measured=None)
    assert (least.reached, most.reached, unknown.reached) == (True, False, None)
    lines = requirement_lines([least, most, unknown])
    assert ["not reached" in line for line in lines[1:]] == [False, True, False]
    assert "not measured" in lines[3]
    assert unknown.document()["reached"] is None


def test_rows_are_documents_and_lines() -> None:
    row = _row(1_000, 2.0)
    assert row.document()["more"] == 1
    assert "1,000" in row_lines([row])[1]


def test_the_worst_deviation_is_between_the_cheapest_and_the_dearest() -> None:
    rows = [_row(100, 1.0), _row(1_000, 11.0), _row(4_000, 42.0)]
    assert worst_deviation(rows) == pytest.approx(0.1)


def test_a_folder_without_room_is_named(tmp_path: Path) -> None:
    require_disk(1, tmp_path)
    with pytest.raises(StorageError, match="temporary space") as raised:
        require_disk(10**18, tmp_path)
    assert raised.value.source == str(tmp_path)
    with pytest.raises(StorageError, match="cannot be read"):
        require_disk(1, tmp_path / "missing")
    assert fits(1, 1) is None
    assert "temporary space" in str(fits(1, 10**18))


def test_memory_is_read_where_the_system_tells_it(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 9 kB\nMemAvailable: 7 kB\n")
    assert free_memory(file) == 7 * 1024
    assert free_memory(tmp_path / "missing") is None
    own = own_memory()
    assert own is not None
    assert own > 10**6

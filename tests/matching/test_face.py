from __future__ import annotations

import math

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Vector, Vectors
from biometrics.errors import GalleryError
from biometrics.templates import FaceEmbedding
from matching.face import compare, cosine_scale
from matching.face_fusion import FaceFeature
from matching.face_store import FaceMatcher, FaceStore, use_one_faiss_thread
from tests.matching.parts import FACE_FORMAT, unit


def embedding(*values: float) -> FaceEmbedding:
    return FaceEmbedding(vector=unit(*values), raw_norm=8.0)


def test_the_score_is_the_cosine() -> None:
    assert compare(embedding(1, 0, 0), embedding(1, 0, 0)) == pytest.approx(1.0)
    assert compare(embedding(1, 0, 0), embedding(-1, 0, 0)) == pytest.approx(-1.0)
    assert compare(embedding(1, 0, 0), embedding(1, 1, 0)) == pytest.approx(math.sqrt(0.5))


@given(st.lists(st.floats(-1, 1, width=32), min_size=6, max_size=6))
def test_the_score_is_symmetric_and_on_its_scale(values: list[float]) -> None:
    first, second = embedding(*values[:3], 1.0), embedding(*values[3:], 1.0)
    assert compare(first, second) == compare(second, first)
    assert -1.0 <= compare(first, second) <= 1.0


def test_the_scale_names_the_model() -> None:
    assert cosine_scale(FACE_FORMAT) == "cosine/toy-faces/1"


def feature(vector: Vector, weight: float = 9.0) -> FaceFeature:
    return FaceFeature(vector=vector, weight=weight)


def vectors(count: int, dimension: int = 8) -> Vectors:
    drawn = np.random.default_rng(count).standard_normal((count, dimension)).astype(np.float32)
    scaled: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return scaled


def store_of(rows: Vectors, chunk_rows: int = 4) -> FaceStore:
    store = FaceStore(rows.shape[1], chunk_rows=chunk_rows)
    assert [store.append(feature(row, number + 1)) for number, row in enumerate(rows)] == list(range(len(rows)))
    return store


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9])
def test_every_row_is_scored_around_chunk_borders(count: int) -> None:
    rows, query = vectors(count), vectors(1)[0]
    store = store_of(rows)
    assert len(store) == count
    np.testing.assert_allclose(store.compare(feature(query), np.arange(count)), rows @ query, atol=1e-6)
    assert store.compare(feature(rows[-1]), np.array([count - 1]))[0] == pytest.approx(1.0)


def test_chosen_rows_are_scored_in_their_order() -> None:
    rows = vectors(9)
    wanted = np.array([8, 0, 4, 3])
    np.testing.assert_allclose(store_of(rows).compare(feature(rows[2]), wanted), rows[wanted] @ rows[2], atol=1e-6)
    assert len(store_of(rows).compare(feature(rows[2]), np.empty(0, dtype=np.int64))) == 0


def test_kept_rows_move_together_and_adding_goes_on() -> None:
    rows = vectors(10)
    kept = np.array([1, 3, 4, 8, 9])
    store = FaceStore(rows.shape[1], chunk_rows=4)
    store.extend(store_of(rows).export(kept))
    assert store.append(feature(rows[0], 50.0)) == 5
    assert len(store) == 6
    expected = rows[[*kept, 0]]
    np.testing.assert_allclose(store.compare(feature(rows[5]), np.arange(6)), expected @ rows[5], atol=1e-6)
    np.testing.assert_array_equal(store.feature(4).vector, rows[9])
    assert [store.feature(row).weight for row in range(6)] == [2.0, 4.0, 5.0, 9.0, 10.0, 50.0]


@pytest.mark.parametrize("bad", [[math.nan, 0.0], [0.0, 0.0], [3.0, 4.0], [1.0, 0.0, 0.0]])
def test_what_faiss_would_silently_lose_is_refused(bad: list[float]) -> None:
    # Built without its own checks: the store must not rely on them.
    broken = object.__new__(FaceFeature)
    object.__setattr__(broken, "vector", np.array(bad, dtype=np.float32))
    object.__setattr__(broken, "weight", 9.0)
    store = store_of(np.eye(2, dtype=np.float32))
    with pytest.raises(GalleryError):
        store.append(broken)
    with pytest.raises(GalleryError):
        store.compare(broken, np.array([0]))


@pytest.mark.parametrize("row", [-1, 2])
def test_a_row_that_does_not_exist_is_refused(row: int) -> None:
    store = store_of(np.eye(2, dtype=np.float32))
    with pytest.raises(GalleryError):
        store.compare(feature(np.array([1.0, 0.0], dtype=np.float32)), np.array([row]))


def test_only_who_asks_changes_the_threads_of_the_process() -> None:
    before = faiss.omp_get_max_threads()
    try:
        faiss.omp_set_num_threads(3)
        FaceMatcher().new_store(FACE_FORMAT)
        assert faiss.omp_get_max_threads() == 3
        use_one_faiss_thread()
        assert faiss.omp_get_max_threads() == 1
    finally:
        faiss.omp_set_num_threads(before)

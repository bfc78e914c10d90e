"""A table comes back from its arrays as it was, and never from arrays that are not as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import GalleryError, TemplateError
from matching.vectors import transfer
from matching.vectors.requests import Filter, Thresholds
from matching.vectors.search import search
from matching.vectors.table import VectorTable
from matching.vectors.transfer import export, restore
from tests.matching.vectors.parts import Model, filled, layout_of, person, probes_of

LAYOUT = layout_of(40, 70)


def changed(seed: int, count: int) -> tuple[Model, VectorTable]:
    """Return a table from which every third person was retired, and its model."""
    rng, model = np.random.default_rng(seed), Model(layout=LAYOUT)
    for owner in range(count):
        mask = int(rng.integers(1, 8))
        model.add(owner, person(LAYOUT, rng, mask), mask, int(rng.integers(0, 1 << 63)))
    table = filled(model, chunk_rows=16)
    gone = np.arange(0, count, 3)
    table.retire(gone, generation=7)
    for owner in gone.tolist():
        del model.rows[owner]
    return model, table


@settings(max_examples=20)
@given(st.integers(0, 1_000), st.integers(0, 60), st.booleans())
def test_it_comes_back_as_it_was(seed: int, count: int, by_name: bool) -> None:
    model, table = changed(seed, count)
    arrays = dict(export(table.view()))
    again = restore(LAYOUT, arrays if by_name else iter(arrays.items()), chunk_rows=10)
    assert again.view().generation == 7
    assert len(again.view()) == len(model.rows)
    assert again.view().by_mask.tolist() == table.view().by_mask.tolist()
    probe = person(LAYOUT, np.random.default_rng(1), 3)
    for only in (None, Filter(all_of=1 << 40)):
        thresholds = Thresholds.uniform(LAYOUT, 0.1)
        (found,) = search(again.view(), probes_of(probe[np.newaxis], [3]), thresholds=thresholds, k=3, only=only)
        model.check(found, probe, 3, thresholds, 3, only)


def test_pieces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PIECE_BYTES", 5 * 4 * LAYOUT.width)
    model, table = changed(1, 60)
    arrays = dict(export(table.view()))
    assert max(array.nbytes for array in arrays.values()) == transfer.PIECE_BYTES
    assert len(restore(LAYOUT, arrays).view()) == len(model.rows)


def altered(name: str, how: str) -> dict[str, Any]:
    arrays = dict(export(changed(2, 40)[1].view()))
    before = arrays[name]
    if how == "missing":
        del arrays[name]
    elif how == "shorter":
        arrays[name] = before[:-1]
    elif how == "empty":
        arrays[name] = before[:0]
    elif how == "other type":
        arrays[name] = before.astype(np.float64 if before.dtype != np.float64 else np.float32)
    elif how == "flat":
        arrays[name] = before.reshape(-1, 1) if before.ndim == 1 else before.reshape(-1)
    elif how == "twice":
        arrays[name] = before.copy()
        arrays[name][1] = before[0]
    elif how == "no number":
        arrays[name] = before.copy()
        arrays[name][2, 5] = np.nan
    elif how == "zero":
        arrays[name] = np.zeros_like(before)
    elif how == "extra":
        arrays["vectors.9.rows"] = before
    return arrays


DAMAGE = [
    *((name, how) for name in ("head", "0.owners", "1.masks", "0.attributes", "1.rows") for how in (
        "missing", "shorter", "empty", "other type", "flat")),
    ("0.owners", "twice"), ("1.rows", "no number"), ("1.rows", "zero"), ("0.masks", "zero"), ("head", "zero"),
    ("1.rows", "extra"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how"), DAMAGE)
@pytest.mark.parametrize("by_name", [True, False])
def test_arrays_that_are_not_as_they_were_are_refused(name: str, how: str, by_name: bool) -> None:
    arrays = altered(f"vectors.{name}", how)
    with pytest.raises((GalleryError, TemplateError)) as caught:
        restore(LAYOUT, arrays if by_name else iter(arrays.items()))
    assert caught.value.source is not None


def test_another_layout_is_refused() -> None:
    with pytest.raises(TemplateError):
        restore(layout_of(40, 70, 10), dict(export(changed(2, 40)[1].view())))
    with pytest.raises(GalleryError):
        restore(layout_of(70, 40, weights=(0.25, 1.0)), dict(export(changed(2, 40)[1].view())))


def test_arrays_of_others_are_passed_over() -> None:
    arrays = {"people": np.zeros(3), **dict(export(changed(2, 40)[1].view())), "vectorsize": np.zeros(1)}
    assert len(restore(LAYOUT, arrays).view()) == len(restore(LAYOUT, iter(arrays.items())).view()) == 26

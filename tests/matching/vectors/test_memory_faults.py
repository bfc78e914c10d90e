"""Memory that runs out at any line of a change: nobody is ever lost, whatever is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

from biometrics.errors import GalleryError
from matching.vectors.requests import Probes, Thresholds
from matching.vectors.search import search
from matching.vectors.table import VectorTable
from tests.matching.vectors.parts import layout_of, persons

LAYOUT = layout_of(64)
VECTORS = persons(LAYOUT, np.random.default_rng(1), np.ones(45, np.uint16))

CHANGING = tuple(f"vectors/{place}.py" for place in ("table", "chunk", "owner_rows", "row_store", "kernels/code_block"))

STRIDE = 1 if os.environ.get("KURA_TEST_THOROUGH") == "1" else 13
"""Every so many lines memory runs out."""

MOST_LINES = 2_000


class OutOfMemory:
    """Raises MemoryError at the n-th line of the modules that change a table."""

    def __init__(self, line: int) -> None:
        self._left = line
        self.struck = False

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.endswith(CHANGING):
            return None
        if event == "line" and not self.struck:
            if self._left == 0:
                self.struck = True
                raise MemoryError
            self._left -= 1
        return self.trace


def add(table: VectorTable, first: int, last: int, generation: int) -> None:
    masks = np.ones(last - first, np.uint16)
    table.append(owners=np.arange(first, last), vectors=VECTORS[first:last], masks=masks, generation=generation)


def append(table: VectorTable) -> None:
    add(table, 20, 38, 2)


def retire(table: VectorTable) -> None:
    table.retire(np.arange(3, 15), generation=2)


def compact(table: VectorTable) -> None:
    table.compact()


def found_of(table: VectorTable) -> set[int]:
    """Return whom a table lists for themselves."""
    view = table.view()
    masks = np.ones(len(VECTORS), np.uint16)
    probes = Probes(vectors=VECTORS, masks=masks)
    answers = search(view, probes, thresholds=Thresholds.uniform(LAYOUT, 0.9))
    assert {answer.compared for answer in answers} == {len(view)}
    assert all(set(answer.owners.tolist()) <= {number} for number, answer in enumerate(answers))
    return {number for number, answer in enumerate(answers) if len(answer)}


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (append, set(range(20)), set(range(38))),
        (retire, set(range(20)), set(range(3)) | set(range(15, 20))),
        (compact, set(range(14, 20)), set(range(14, 20))),
    ],
)
def test_nobody_is_lost_wherever_memory_runs_out(
    change: Callable[[VectorTable], None], before: set[int], after: set[int]
) -> None:
    struck = 0
    for line in range(0, MOST_LINES, STRIDE):
        table = VectorTable(LAYOUT, chunk_rows=16)
        add(table, 0, 20, 1)
        if change is compact:
            table.retire(np.arange(14), generation=1)
        fault, tracer = OutOfMemory(line), sys.gettrace()
        sys.settrace(fault.trace)
        try:
            change(table)
        except (GalleryError, MemoryError):
            pass
        finally:
            sys.settrace(tracer)
        if not fault.struck:
            break
        struck += 1
        try:
            seen = found_of(table)
            add(table, 38, 45, 3)
        except GalleryError as error:
            assert "broke off" in error.message
            continue
        assert seen in (before, after)
        assert found_of(table) == seen | set(range(38, 45))
    assert 3 <= struck < MOST_LINES // STRIDE

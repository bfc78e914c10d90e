"""Scores of listed pairs as a file, so that every rate can be computed again from them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmarks.results import write_scores
from biometrics.files import write_whole


def write_pair_scores(columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write a row per pair: CSV, or a NumPy archive where the name ends in .npz.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    if path.suffix == ".npz":
        write_scores(columns, path)
        return
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    for row in zip(*(column.tolist() for column in columns.values()), strict=True):
        rows.writerow([int(value) if isinstance(value, bool) else value for value in row])
    write_whole(path, text.getvalue().encode(), mode=0o644)

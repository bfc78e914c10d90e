"""What is said about pictures beside them: a CSV file with a column `file`, and lists of names."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from biometrics.errors import SampleError

Labels: TypeAlias = Mapping[str, str]
"""Values by column."""


def read_labels(path: Path) -> dict[str, Labels]:
    """Read labels by the name of the file they belong to.

    Raises
    ------
    SampleError
        When the file cannot be read, has no column `file` or no line, lines differ in length, or a file is there twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        reason = f"the labels cannot be read: {error.strerror}"
        raise SampleError(reason, source=str(path), remedy="check the path and its permissions") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SampleError("the labels cannot be read", source=str(path), remedy="write CSV in UTF-8") from error
    if not rows or "file" not in rows[0] or any(None in row or None in row.values() for row in rows):
        raise SampleError(
            "labels need a column 'file' and as many values as columns",
            source=str(path),
            remedy="write a first line such as file,age,sex,group and a line per picture",
        )
    labels = {row["file"]: row for row in rows}
    if len(labels) < len(rows):
        twice = next(row["file"] for place, row in enumerate(rows) if labels[row["file"]] is not rows[place])
        raise SampleError(f"labels name {twice} twice", source=str(path), remedy="keep one line per file")
    return dict(labels)


def listed_names(file: Path) -> frozenset[str]:
    """Read names of pictures, one a line; lines that begin with # are comments.

    Raises
    ------
    SampleError
        When the file cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError("the names cannot be read", source=str(file), remedy="write one name a line") from error
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))

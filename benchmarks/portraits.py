"""Finds portraits in folders, reads what is said about them, and the pairs of LFW."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.datasets import DataSet, SampleFile, require_folder
from biometrics.errors import ConfigurationError, SampleError
from biometrics.images import SUFFIXES

LABELS = "labels.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePair:
    """Two images, by their names in the data set, and whether they show one person."""

    first: str
    second: str
    same: bool


def face_set(folder: Path) -> DataSet:
    """Find portraits: a folder per person (as in LFW), or one folder of single portraits, with labels or without.

    Raises
    ------
    ConfigurationError
        When the folder is missing or holds no portraits.
    SampleError
        When `labels.csv` cannot be read.
    """
    labels = _labels(require_folder(folder))
    samples = [_portrait(folder, path, labels) for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    if labels is not None:
        samples = [sample for sample in samples if sample.labels is not None]
    if not samples:
        raise ConfigurationError(
            "no portraits in this folder", source=str(folder), remedy="give a folder of persons' folders or of images"
        )
    return DataSet(name=folder.resolve().name, samples=tuple(samples))


def chosen(
    data: DataSet,
    *,
    where: Collection[tuple[str, str]] = (),
    without: Collection[tuple[str, str]] = (),
    left_out: Collection[str] = (),
) -> DataSet:
    """Keep the samples that fit.

    Parameters
    ----------
    where
        Columns and values of the labels that all must hold.
    without
        Columns and values none of which may hold.
    left_out
        Names of samples to leave out.

    Raises
    ------
    ConfigurationError
        When there is no such column, or no sample is left.
    """
    for column, _ in (*where, *without):
        require_label(data, column)
    kept = [sample for sample in data.samples if _fits(sample, where, without) and sample.name not in left_out]
    if not kept:
        raise ConfigurationError(
            "no sample is left of those asked for", source=data.name, remedy=f"compare what was asked with {LABELS}"
        )
    return DataSet(name=data.name, samples=tuple(kept))


def listed_names(file: Path) -> frozenset[str]:
    """Read names of samples, one a line; lines that begin with # are comments.

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


def require_label(samples: DataSet, column: str) -> None:
    """Refuse a column that `labels.csv` lacks.

    Raises
    ------
    ConfigurationError
        Naming the columns there are.
    """
    labels = samples.samples[0].labels
    if labels is None:
        raise ConfigurationError(
            f"there is no {LABELS}", source=samples.name, remedy="leave out --where, --without and --within"
        )
    if column not in labels:
        raise ConfigurationError(f"no column {column!r} in {LABELS}", remedy=f"use one of {', '.join(labels)}")


def face_pairs(file: Path) -> tuple[FacePair, ...]:
    """Read a pairs file of LFW: `name n m` for one person, `name n other m` for two; a first line of counts is skipped.

    Raises
    ------
    SampleError
        When the file cannot be read or a line is none of these; the line is named.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError("the pairs cannot be read", source=str(file), remedy="give a pairs file of LFW") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or (number == 1 and all(word.isdigit() for word in words)):
            continue
        pairs.append(_pair(words, f"{file.name}:{number}"))
    if not pairs:
        raise SampleError("no pairs in this file", source=str(file))
    return tuple(pairs)


def _pair(words: list[str], source: str) -> FacePair:
    if len(words) == 3 and words[1].isdigit() and words[2].isdigit():
        name, first, second = words
        return FacePair(first=_lfw_name(name, first), second=_lfw_name(name, second), same=True)
    if len(words) == 4 and words[1].isdigit() and words[3].isdigit():
        name, first, other, second = words
        return FacePair(first=_lfw_name(name, first), second=_lfw_name(other, second), same=False)
    raise SampleError("not a pair of LFW", source=source, remedy="write 'name n m' or 'name n other m'")


def _lfw_name(person: str, number: str) -> str:
    return f"{person}/{person}_{int(number):04d}"


def _fits(sample: SampleFile, where: Collection[tuple[str, str]], without: Collection[tuple[str, str]]) -> bool:
    labels = sample.labels or {}
    wanted = all(labels.get(column) == value for column, value in where)
    return wanted and not any(labels.get(column) == value for column, value in without)


def _portrait(folder: Path, path: Path, labels: Mapping[str, dict[str, str]] | None) -> SampleFile:
    name = path.relative_to(folder)
    # Portraits that lie in no person's folder are taken to show a different person each.
    subject = str(name.parent) if len(name.parts) > 1 else name.stem
    return SampleFile(
        name=name.as_posix(), path=path, subject=subject, labels=None if labels is None else labels.get(name.as_posix())
    )


def _labels(folder: Path) -> dict[str, dict[str, str]] | None:
    path = folder / LABELS
    if not path.is_file():
        return None
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SampleError("the labels cannot be read", source=str(path), remedy="write CSV in UTF-8") from error
    if not rows or "file" not in rows[0] or any(None in row or None in row.values() for row in rows):
        raise SampleError("labels need a column 'file' and as many values as columns", source=str(path))
    return {row["file"]: row for row in rows}

"""The portraits of a folder as a data set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath

from benchmarks.datasets import DataSet, SampleFile
from benchmarks.lfw_pairs import PairList
from biometrics.errors import ConfigurationError
from enrollment.population.portraits import PortraitFolder, find_portraits


def face_set(folder: Path, labels: Path | None = None) -> DataSet:
    """Find portraits: a folder per person (as in LFW), or single portraits; with labels, those that they name.

    Raises
    ------
    ConfigurationError
        When the folder is missing or holds no portraits.
    SampleError
        When the labels cannot be read.
    """
    return data_set(find_portraits(folder, labels))


def data_set(found: PortraitFolder) -> DataSet:
    """Return the portraits of a folder, a folder within taken as one person's."""
    samples = (
        SampleFile(name=one.name, path=one.path, subject=one.person, labels=one.labels) for one in found.portraits
    )
    return DataSet(name=found.name, samples=tuple(samples))


def named_in(data: DataSet, pairs: PairList) -> DataSet:
    """Return the samples that some pair names; all where none does."""
    wanted = {name for pair in pairs.pairs for name in (pair.first, pair.second)}
    kept = tuple(sample for sample in data.samples if without_ending(sample.name) in wanted)
    return replace(data, samples=kept or data.samples)


def without_ending(name: str) -> str:
    """Return a sample's name as pairs files write it."""
    return PurePosixPath(name).with_suffix("").as_posix()


def require_label(data: DataSet, column: str) -> None:
    """Refuse a column that the labels lack.

    Raises
    ------
    ConfigurationError
        Naming the columns there are.
    """
    labels = next((sample.labels for sample in data.samples if sample.labels is not None), {})
    if column not in labels:
        there = f"there are {', '.join(labels)}" if labels else "give the file with --labels"
        raise ConfigurationError(f"there is no label {column!r}", source=data.name, remedy=there)


def persons_apart(data: DataSet) -> DataSet:
    """Return the same with every sample taken to show another person."""
    return replace(data, samples=tuple(replace(sample, subject=sample.name) for sample in data.samples))


def indexes_of(data: DataSet, names: Collection[str]) -> list[int]:
    """Return where samples of these names stand."""
    return [place for place, sample in enumerate(data.samples) if sample.name in names]

"""Results as JSON documents: figures with what they were measured on, and where the raw scores lie."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from biometrics.errors import BiometricsError, ConfigurationError
from biometrics.files import write_whole

SCHEMA = "kura-benchmark/1"

_OWN = frozenset(
    ("schema", "name", "started", "commit", "environment", "data_sha256", "parameters", "figures", "notes", "scores")
)
"""Parts of the document that every result has."""

Scores = Mapping[str, NDArray[Any]]
"""Raw arrays by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFile:
    """Raw scores beside a result, so that other figures can be computed from them later.

    Parameters
    ----------
    name
        File name, in the folder of the result.
    sha256
        Digest of the file.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of one benchmark.

    Parameters
    ----------
    name
        Of the benchmark, such as `fingerprint`.
    started
        UTC.
    environment
        As `benchmarks.environment` describes it, with the commit.
    data_sha256
        As `benchmarks.data_hash` computes it.
    parameters
        What the run was asked to do.
    figures
        By name; a slash separates the data set from the figure.
    notes
        What a reader must know, such as files that failed to enroll.
    scores
        Where the raw scores lie; None when they were not kept.
    sections
        Further parts of the document by name, JSON-ready, such as a table of the figures.

    Raises
    ------
    ConfigurationError
        When the time has no zone or there is no figure.
    """

    name: str
    started: datetime
    environment: Mapping[str, Any]
    data_sha256: str
    parameters: Mapping[str, Any]
    figures: Mapping[str, Figure]
    notes: tuple[str, ...] = ()
    scores: ScoreFile | None = None
    sections: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.started.tzinfo is None:
            raise ConfigurationError("the start of a benchmark has no time zone")
        if not self.name or not self.figures:
            raise ConfigurationError("a result has a name and at least one figure")

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            **self.sections,
            "schema": SCHEMA,
            "name": self.name,
            "started": self.started.isoformat(),
            "commit": self.environment.get("commit"),
            "environment": dict(self.environment),
            "data_sha256": self.data_sha256,
            "parameters": dict(self.parameters),
            "figures": {name: _figure_document(figure) for name, figure in self.figures.items()},
            "notes": list(self.notes),
            "scores": None if self.scores is None else {"name": self.scores.name, "sha256": self.scores.sha256},
        }


def write_result(result: Result, path: Path) -> None:
    """Write a result, whole or not at all.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    text = json.dumps(result.document(), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, f"{text}\n".encode(), mode=0o644)


def read_result(path: Path) -> Result:
    """Read what `write_result` wrote, and check every figure.

    Raises
    ------
    ConfigurationError
        When the file is missing, of another schema, or not a valid result.
    """
    try:
        document = json.loads(path.read_bytes())
        if document["schema"] != SCHEMA:
            raise ConfigurationError(f"schema {document['schema']!r} is not {SCHEMA}", source=str(path))
        return _result(document)
    except OSError as error:
        raise ConfigurationError("the result cannot be read", source=str(path)) from error
    except BiometricsError as error:
        raise ConfigurationError(error.message, source=str(path)) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError("not a benchmark result", source=str(path)) from error


def write_scores(scores: Scores, path: Path) -> ScoreFile:
    """Write raw arrays as a compressed NumPy archive.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(scores))
    data = buffer.getvalue()
    write_whole(path, data)
    return ScoreFile(name=path.name, sha256=hashlib.sha256(data).hexdigest())


def read_scores(reference: ScoreFile, folder: Path) -> dict[str, NDArray[Any]]:
    """Read the raw scores of a result that lies in `folder`.

    Raises
    ------
    ConfigurationError
        When the file is missing or not the one the result was computed from.
    """
    path = folder / reference.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError("the raw scores cannot be read", source=str(path)) from error
    if hashlib.sha256(data).hexdigest() != reference.sha256:
        raise ConfigurationError("the raw scores are not those of the result", source=str(path))
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _figure_document(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "unit": figure.unit,
        "counts": dict(figure.counts),
        "threshold": figure.threshold,
    }


def _result(document: dict[str, Any]) -> Result:
    scores = document["scores"]
    return Result(
        name=str(document["name"]),
        started=datetime.fromisoformat(document["started"]),
        environment=dict(document["environment"]),
        data_sha256=str(document["data_sha256"]),
        parameters=dict(document["parameters"]),
        figures={str(name): _figure(content) for name, content in document["figures"].items()},
        notes=tuple(str(note) for note in document["notes"]),
        scores=None if scores is None else ScoreFile(name=str(scores["name"]), sha256=str(scores["sha256"])),
        sections={name: content for name, content in document.items() if name not in _OWN},
    )


def _figure(content: dict[str, Any]) -> Figure:
    threshold = content["threshold"]
    return Figure(
        value=float(content["value"]),
        low=float(content["low"]),
        high=float(content["high"]),
        unit=str(content["unit"]),
        counts={str(name): int(count) for name, count in content["counts"].items()},
        threshold=None if threshold is None else float(threshold),
    )

"""Manifests: CSV or JSON Lines, a line per image, columns person, modality, position, path, ppi.

`person` and `path` are required. Lines of one person make one enrollment. A wrong line refuses its person and nobody
else; a file that is no manifest at all is refused as a whole.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError, ManifestError
from biometrics.positions import Modality, Position
from biometrics.samples import check_ppi
from enrollment.submission import Intake, RefusedSubmission, SampleSource, Submission, check_label

REQUIRED = ("person", "path")
OPTIONAL = ("modality", "position", "ppi")
SUFFIXES = (".csv", ".jsonl", ".ndjson")


def read_manifest(path: Path) -> Intake:
    """Read a manifest; relative image paths start at its folder.

    Raises
    ------
    ManifestError
        When the file cannot be read, is not UTF-8, or lacks a required column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestError("the manifest is not UTF-8", source=str(path), remedy="save it as UTF-8") from error
    except OSError as error:
        raise ManifestError(
            f"the manifest cannot be read: {error.strerror}", source=str(path), remedy="check the path"
        ) from error
    rows = _csv_rows(text, path) if path.suffix.lower() == ".csv" else _json_rows(text)
    return _group(rows, path)


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(text.splitlines(), strict=True)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    _check_columns(names, str(path))
    reader.fieldnames = names
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, ManifestError(str(error), remedy="check the quotes of this line")
            return
        yield reader.line_num, row


def _check_columns(names: list[str], source: str) -> None:
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in REQUIRED + OPTIONAL]
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        raise ManifestError(
            f"the first line {' and '.join(said)}",
            source=source,
            remedy=f"columns are {', '.join(REQUIRED + OPTIONAL)}; the last three may be left out",
        )


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError as error:
            yield number, ManifestError(f"not a JSON object: {error}", remedy="write one object per line")


def _group(rows: Iterator[tuple[int, Any]], path: Path) -> Intake:
    sources: dict[str, list[SampleSource]] = {}
    errors: dict[str, BiometricsError] = {}
    seen: dict[tuple[str, object], str] = {}
    for number, row in rows:
        origin = f"{path}:{number}"
        label = origin
        try:
            label = _label(row, origin)
            source = _source(row, path.parent, origin)
            _refuse_repetition(label, source, seen)
        except BiometricsError as error:
            errors.setdefault(label, error.at(origin))
            continue
        sources.setdefault(label, []).append(source)
    if not sources and not errors:
        raise ManifestError("the manifest holds no lines", source=str(path), remedy="add a line per image")
    good = (Submission(label=label, sources=tuple(items)) for label, items in sources.items() if label not in errors)
    refused = (RefusedSubmission(label=label, error=error) for label, error in errors.items())
    return Intake(submissions=tuple(good), refused=tuple(refused))


def _label(row: Any, origin: str) -> str:
    if isinstance(row, ManifestError):
        raise row
    if not isinstance(row, dict):
        raise ManifestError("not an object with named values", remedy="write one JSON object per line")
    return check_label(_text(row, "person"), origin)


def _source(row: dict[str, Any], folder: Path, origin: str) -> SampleSource:
    if None in row or None in row.values():
        raise ManifestError("the line has more or fewer values than the first line has columns", source=origin)
    unknown = [name for name in row if name not in REQUIRED + OPTIONAL]
    if unknown:
        raise ManifestError(f"unknown value {', '.join(map(str, unknown))}", source=origin)
    named = _text(row, "path")
    if not named:
        raise ManifestError("the path is missing", source=origin, remedy="fill the path column")
    image = folder / named
    if not image.is_file():
        raise ManifestError(f"no such file: {named}", source=origin, remedy="correct the path")
    modality_text, position_text = _text(row, "modality"), _text(row, "position")
    modality = Modality.parse(modality_text) if modality_text else None
    position = Position.parse(position_text)
    if modality is Modality.FACE and position is Position.UNKNOWN:
        position = Position.FACE
    if modality is None and position is not Position.UNKNOWN:
        modality = position.modality
    return SampleSource(path=image, modality=modality, position=position, ppi=_ppi(row), origin=origin)


def _ppi(row: dict[str, Any]) -> float | None:
    text = _text(row, "ppi")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ManifestError(f"ppi {text!r} is not a number", remedy="write pixels per inch, for example 500") from None
    return check_ppi(value)


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name, "")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ManifestError(f"{name} must be text or a number")
    return str(value).strip()


def _refuse_repetition(label: str, source: SampleSource, seen: dict[tuple[str, object], str]) -> None:
    # Unlabelled fingers of one person may be several, but the same file twice is a slip in any case.
    keys: list[object] = [source.path.resolve()]
    if source.position is not Position.UNKNOWN:
        keys.append(source.position)
    for key in keys:
        earlier = seen.setdefault((label, key), source.origin)
        if earlier != source.origin:
            what = source.position.value if isinstance(key, Position) else "this file"
            raise ManifestError(
                f"{what} is given twice for this person, first at {earlier}",
                source=source.origin,
                remedy="remove one of the lines, or give the persons different identifiers",
            )

"""Manifests: CSV or JSON Lines, a line per image, columns person, modality, position, path, ppi, simulated, context.

`person` and `path` are required. Lines of one person make one enrollment; its context (operator, station, post,
appointment, receipt, purpose) may stand in any of them. A wrong line refuses its person and nobody
else; a file that is no manifest at all is refused as a whole, and so is a CSV file with a broken quote: behind it
nobody can say which line is which, or whose lines are missing. Where the header holds semicolons and no comma, as
Excel writes it in French and other languages, semicolons part the columns.
"""

from __future__ import annotations

import csv
import io
import json
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError, ManifestError
from biometrics.positions import Modality, Position
from biometrics.records import EncounterContext
from biometrics.samples import check_ppi
from enrollment import context
from enrollment.submission import Intake, RefusedSubmission, SampleSource, Submission, check_label, printable

REQUIRED = ("person", "path")
OPTIONAL = ("modality", "position", "ppi", "simulated", *context.COLUMNS)
SUFFIXES = (".csv", ".jsonl", ".ndjson")

_ANSWERS = {"": None, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
"""What the column `simulated` may hold; empty is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line's values, or what is wrong with it; `last` differs from `first` where a quoted value holds breaks."""

    first: int
    last: int
    values: Any


def read_manifest(path: Path) -> Intake:
    """Read a manifest; relative image paths start at its folder.

    Raises
    ------
    ManifestError
        When the file cannot be read, is not UTF-8, lacks a required column or names one twice, or has a broken quote.
    """
    place = printable(str(path))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestError("the manifest is not UTF-8", source=place, remedy="save it as UTF-8") from error
    except (OSError, ValueError) as error:
        raise ManifestError(
            f"the manifest cannot be read: {_reason(error)}", source=place, remedy="check the path"
        ) from error
    rows = _csv_rows(text, place) if path.suffix.lower() == ".csv" else _json_rows(text)
    return _group(rows, path.parent, place)


def _csv_rows(text: str, place: str) -> Iterator[_Row]:
    header = io.StringIO(text, newline="").readline()
    delimiter = ";" if ";" in header and "," not in header else ","
    records = _records(text, delimiter, place)
    names = [name.strip().lower() for name in next(records, (1, 1, []))[2]]
    _check_columns(names, place)
    for first, last, values in records:
        if values:
            yield _Row(first=first, last=last, values=dict(zip_longest(names, values)))


def _records(text: str, delimiter: str, place: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield first line, last line and values of every record; blank lines have no values."""
    # The reader gets lines with their ends as they are: breaks within quotes belong to the value.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    try:
        for values in reader:
            yield first, reader.line_num, values
            first = reader.line_num + 1
    except csv.Error as error:
        raise _broken_quote(place, first, reader.line_num, str(error)) from error


def _broken_quote(place: str, first: int, last: int, reason: str) -> ManifestError:
    span = f"lines {first} to {last} were read as one" if last > first else f"line {first} cannot be read"
    return ManifestError(
        f"{span}, probably for a missing or stray quote ({reason}); nobody of this manifest was enrolled",
        source=f"{place}:{first}",
        remedy=f"mend the quotes in line {first} and run again",
    )


def _check_columns(names: list[str], source: str) -> None:
    missing = [name for name in REQUIRED if name not in names]
    unknown = [printable(name) for name in names if name not in REQUIRED + OPTIONAL]
    repeated = [name for name, count in Counter(names).items() if count > 1 and name in REQUIRED + OPTIONAL]
    said = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
    said += [f"names {', '.join(repeated)} twice"] * bool(repeated)
    if said:
        columns = f"{', '.join(REQUIRED + OPTIONAL)}, parted by commas"
        raise ManifestError(
            f"the first line {' and '.join(said)}",
            source=source,
            remedy=f"columns are {columns}; all but the first {len(REQUIRED)} may be left out",
        )


def _json_rows(text: str) -> Iterator[_Row]:
    # Not str.splitlines, which also breaks at characters that JSON allows within text.
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if not line.strip():
            continue
        values: Any
        try:
            values = json.loads(line, object_pairs_hook=_each_name_once)
        except (ValueError, RecursionError) as error:
            values = ManifestError(f"not a JSON object: {error}", remedy="write one object per line")
        yield _Row(first=number, last=number, values=values)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"{repeated[0]!r} is given twice")
    return dict(pairs)


def _group(rows: Iterator[_Row], folder: Path, place: str) -> Intake:
    sources: dict[str, list[SampleSource]] = {}
    met: dict[str, EncounterContext] = {}
    errors: dict[str, BiometricsError] = {}
    seen: dict[tuple[str, object], str] = {}
    for row in rows:
        label = origin = f"{place}:{row.first}"
        try:
            label = _label(row.values, origin)
            source = _source(row.values, folder, origin)
            _refuse_repetition(label, source, seen)
            said = context.stated_context({name: _text(row.values, name) for name in context.COLUMNS})
            met[label] = context.joined(met.get(label, context.NO_CONTEXT), said)
        except BiometricsError as error:
            # A stray quote and the next one can make one value of all that lies between: then lines are missing.
            if row.last > row.first:
                raise _broken_quote(place, row.first, row.last, error.message) from error
            errors.setdefault(label, error.at(origin))
            continue
        sources.setdefault(label, []).append(source)
    if not sources and not errors:
        raise ManifestError("the manifest holds no lines", source=place, remedy="add a line per image")
    good = (
        Submission(label=label, sources=tuple(items), context=met[label])
        for label, items in sources.items()
        if label not in errors
    )
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
        raise ManifestError(
            "the line has more or fewer values than the first line has columns",
            source=origin,
            remedy="write one value per column, empty ones too; quote values that hold a comma",
        )
    unknown = [name for name in row if name not in REQUIRED + OPTIONAL]
    if unknown:
        raise ManifestError(
            f"unknown value {', '.join(printable(str(name)) for name in unknown)}",
            source=origin,
            remedy=f"known are {', '.join(REQUIRED + OPTIONAL)}",
        )
    named = _text(row, "path")
    if not named:
        raise ManifestError("the path is missing", source=origin, remedy="fill the path column")
    _check_file(folder / named, named, origin)
    modality = _text(row, "modality")
    return SampleSource(
        path=folder / named,
        modality=Modality.parse(modality) if modality else None,
        position=Position.parse(_text(row, "position")),
        ppi=_ppi(row),
        simulated=_simulated(row),
        origin=origin,
    )


def _check_file(path: Path, named: str, origin: str) -> None:
    name = printable(named)
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return
        message = f"not a file: {name}"
    except (FileNotFoundError, NotADirectoryError):
        message = f"no such file: {name}"
    except (OSError, ValueError) as error:
        message = f"the file cannot be looked up ({_reason(error)}): {name}"
    raise ManifestError(message, source=origin, remedy="correct the path")


def _reason(error: OSError | ValueError) -> str:
    """Say why a path cannot be used; a ValueError is raised for one that no system could have."""
    return str(error.strerror) if isinstance(error, OSError) else "not a possible path"


def _ppi(row: dict[str, Any]) -> float | None:
    text = _text(row, "ppi")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ManifestError(f"ppi {text!r} is not a number", remedy="write pixels per inch, for example 500") from None
    return check_ppi(value)


def _simulated(row: dict[str, Any]) -> bool | None:
    value = row.get("simulated")
    if isinstance(value, bool):  # JSON's own
        return value
    text = _text(row, "simulated").lower()
    if text not in _ANSWERS:
        raise ManifestError(f"simulated {text!r} is neither yes nor no", remedy="write yes, no, or nothing")
    return _ANSWERS[text]


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name, "")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ManifestError(f"{name} must be text or a number", remedy="write a single value")
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

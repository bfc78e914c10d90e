"""Calibrations as JSON files: those that ship with Kura, and those an installation fits on its own population."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.errors import ConfigurationError
from biometrics.files import write_whole
from matching.calibration.curve import Calibration
from matching.calibration.tail import Tail

_FORMAT = "kura-calibration/1"
_DEFAULTS = "defaults.json"
_TAIL_FIELDS = ("model", "start", "rate", "scale", "shape", "fitted_above", "excesses")


def load_calibration(scale: str, population: str | None = None, *, folder: Path | None = None) -> Calibration:
    """Return the calibration of a score scale.

    Parameters
    ----------
    scale
        Comparison algorithm and version.
    population
        Which population; without it, the one that `defaults.json` in the folder names for the scale, or the only one.
    folder
        Where to look; by default, among the calibrations that ship.

    Raises
    ------
    ConfigurationError
        When there is none, or several and no default, or the file is not a valid calibration.
    """
    place: Traversable = folder if folder is not None else files("matching") / "calibrations"
    paths = sorted((path for path in place.iterdir() if path.name.endswith(".json")), key=lambda path: path.name)
    found = [parse_calibration(path.read_text(), source=path.name) for path in paths if path.name != _DEFAULTS]
    known = {calibration.population: calibration for calibration in found if calibration.scale == scale}
    chosen = population or _default_population(place, scale) or (next(iter(known)) if len(known) == 1 else None)
    if chosen not in known:
        raise ConfigurationError(
            f"no calibration of {scale} for {population or 'an unnamed population'}",
            source=", ".join(sorted(known)) or None,
            remedy="fit one with kura models calibrate and name its file in the settings, or name one that exists",
        )
    return known[chosen]


def _default_population(place: Traversable, scale: str) -> str | None:
    path = place / _DEFAULTS
    if not path.is_file():
        return None
    try:
        defaults = json.loads(path.read_text())
        return str(defaults[scale]) if scale in defaults else None
    except (ValueError, TypeError) as error:
        raise ConfigurationError("cannot be read as JSON", source=_DEFAULTS) from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as readable JSON, whole or not at all.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    content = {
        "format": _FORMAT,
        "scale": calibration.scale,
        "population": calibration.population,
        "origin": calibration.origin,
        "pairs": calibration.pairs,
        "subjects": calibration.subjects,
        "command": calibration.command,
        "data_sha256": calibration.data_sha256,
        "tail": {name: getattr(calibration.tail, name) for name in _TAIL_FIELDS},
        "scores": calibration.scores.tolist(),
        "rates": calibration.rates.tolist(),
    }
    write_whole(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode(), mode=0o644)


def read_calibration(path: Path) -> Calibration:
    """Read what `write_calibration` wrote.

    Raises
    ------
    ConfigurationError
        When the file is missing or is not a valid calibration.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "the calibration cannot be read", source=str(path), remedy="check the path in the settings"
        ) from error
    return parse_calibration(text, source=str(path))


def parse_calibration(text: str, *, source: str) -> Calibration:
    """Turn JSON text into a calibration.

    Raises
    ------
    ConfigurationError
        Naming `source`, when it is not a valid one.
    """
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ConfigurationError(f"format {content['format']!r} is not {_FORMAT}")
        return _calibration(content)
    except ConfigurationError as error:
        raise error.at(source) from error.__cause__
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigurationError(
            "not a calibration", source=source, remedy="make one with kura models calibrate"
        ) from error


def _calibration(content: dict[str, Any]) -> Calibration:
    tail = content["tail"]
    return Calibration(
        scale=str(content["scale"]),
        population=str(content["population"]),
        origin=str(content["origin"]),
        pairs=int(content["pairs"]),
        subjects=int(content["subjects"]),
        scores=np.array(content["scores"], dtype=np.float64),
        rates=np.array(content["rates"], dtype=np.float64),
        tail=Tail(
            model=str(tail["model"]),
            start=float(tail["start"]),
            rate=float(tail["rate"]),
            scale=float(tail["scale"]),
            shape=float(tail["shape"]),
            fitted_above=float(tail["fitted_above"]),
            excesses=int(tail["excesses"]),
        ),
        command=str(content["command"]),
        data_sha256=str(content["data_sha256"]),
    )

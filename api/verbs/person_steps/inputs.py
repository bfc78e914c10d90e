"""What the steps of `kura person` take alike: whom they are about, why, and files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from api.verbs import arguments as shared

LARGEST_DOCUMENT = 1_000_000
LARGEST_SCAN = 50_000_000


def add_person(step: argparse.ArgumentParser) -> None:
    """Add PERSON, and who asks."""
    step.add_argument("person", metavar="PERSON", help="subject identifier, label, number (NINA) or receipt")
    shared.add_actor(step)


def add_reason(step: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add --reason."""
    step.add_argument("--reason", required=required, metavar="TEXT", help="why, for whoever reads the history")


def add_second(step: argparse.ArgumentParser) -> None:
    """Add --approver, for what is never one person's doing."""
    step.add_argument("--approver", required=True, metavar="NAME", help="who else looked at it, and agrees")


def read_document(path: Path) -> Any:
    """Return the JSON document of a file.

    Raises
    ------
    PersonDataError
        When it cannot be read, is too large, or is no JSON in UTF-8 that gives each name once.
    """
    from biometrics.errors import PersonDataError

    try:
        return json.loads(_read(path, LARGEST_DOCUMENT).decode("utf-8-sig"), object_pairs_hook=_each_name_once)
    except (ValueError, RecursionError) as error:
        raise PersonDataError(
            "the file is no JSON document in UTF-8 that gives each name once", source=str(path), remedy="correct it"
        ) from error


def read_scan(path: Path | None) -> bytes | None:
    """Return the bytes of a scan or photo; None for none.

    Raises
    ------
    PersonDataError
        When it cannot be read, is empty or too large.
    """
    from biometrics.errors import PersonDataError

    if path is None:
        return None
    data = _read(path, LARGEST_SCAN)
    if not data:
        raise PersonDataError("the file is empty", source=str(path), remedy="scan it again")
    return data


def _read(path: Path, most: int) -> bytes:
    from biometrics.errors import PersonDataError

    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise PersonDataError(
            f"the file cannot be read: {error.strerror}", source=str(path), remedy="check the path"
        ) from error
    if len(data) > most:
        raise PersonDataError(f"the file is larger than {most} bytes", source=str(path), remedy="name another file")
    return data


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name is given twice")
    return document

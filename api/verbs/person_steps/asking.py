"""What the steps of `kura person` share: whom they are about, why, and how they ask the registry's owner."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from enrollment.operations.operation import Operation

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

LARGEST_DOCUMENT = 1_000_000
LARGEST_SCAN = 50_000_000


def add_person(step: argparse.ArgumentParser) -> None:
    """Add PERSON, and who asks."""
    step.add_argument("person", metavar="PERSON", help="subject identifier, label, number (NINA) or receipt")
    shared.add_actor(step)


def add_reason(step: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add --reason."""
    step.add_argument("--reason", required=required, metavar="TEXT", help="why, for whoever reads the history")


def ask(arguments: argparse.Namespace, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
    """Have an operation performed by whoever owns the registry, and return the answer.

    Raises
    ------
    RecordError
        When it is refused.
    """
    from api import wiring
    from api.installation import open_installation

    installation = open_installation(arguments.home, create=False)
    with wiring.open_service(installation, shared.actor_of(arguments), create=False) as service:
        return service.call(operation, asked)


def report(arguments: argparse.Namespace, document: dict[str, Any], line: str) -> int:
    """Print what was done, as JSON or as a line."""
    from api.command_line import DONE

    if arguments.json:
        shared.print_json(document)
    else:
        print(shared.printable(line))
    return DONE


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

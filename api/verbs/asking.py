"""What the steps of several verbs share: how they ask the registry's owner, and how they tell the answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from enrollment.engine.service import EnrollmentService
    from enrollment.operations.operation import Operation

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@contextmanager
def service(arguments: argparse.Namespace) -> Iterator[EnrollmentService]:
    """Yield whoever owns the registry, asked as the actor that the command names.

    Raises
    ------
    RecordError
        When it cannot be asked.
    """
    from api import serving
    from api.installation import open_installation

    installation = open_installation(arguments.home, create=False)
    with serving.open_service(installation, shared.actor_of(arguments), create=False) as opened:
        yield opened


def ask(arguments: argparse.Namespace, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
    """Have one operation performed by whoever owns the registry, and return the answer.

    Raises
    ------
    RecordError
        When it is refused.
    """
    with service(arguments) as opened:
        return opened.call(operation, asked)


def report(arguments: argparse.Namespace, document: Any, lines: Sequence[str]) -> int:
    """Print an answer, as JSON or as lines, and return the exit code of success."""
    from api.command_line import DONE

    if arguments.json:
        shared.print_json(document)
    else:
        print(shared.printable("\n".join(lines)) if lines else "none")
    return DONE

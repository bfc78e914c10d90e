"""What the steps of `kura case` share: which case, why, and how they ask the registry's owner."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.settings import Settings
    from enrollment.engine.service import EnrollmentService
    from enrollment.operations.operation import Operation

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def add_case(step: argparse.ArgumentParser) -> None:
    """Add CASE."""
    step.add_argument("case", metavar="CASE", help="identifier of the case")


def add_reason(step: argparse.ArgumentParser, what: str) -> None:
    """Add --reason, which every step that moves a case needs."""
    step.add_argument("--reason", required=True, metavar="TEXT", help=what)


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[tuple[EnrollmentService, Settings]]:
    """Yield whoever owns the registry, asked as the actor and in the capacity that the command names, and the settings.

    Raises
    ------
    RecordError
        When it cannot be asked.
    """
    from api import wiring
    from api.installation import open_installation
    from biometrics.records import ActorRole

    installation = open_installation(arguments.home, create=False)
    actor = shared.actor_of(arguments, ActorRole(arguments.role))
    with wiring.open_service(installation, actor, create=False) as service:
        yield service, installation.settings


def ask(arguments: argparse.Namespace, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
    """Have an operation performed by whoever owns the registry, and return the answer.

    Raises
    ------
    RecordError
        When it is refused.
    """
    with opened(arguments) as (service, _):
        return service.call(operation, asked)


def report(arguments: argparse.Namespace, document: Any, lines: list[str]) -> int:
    """Print an answer, as JSON or as lines."""
    from api.command_line import DONE

    if arguments.json:
        shared.print_json(document)
    else:
        print(shared.printable("\n".join(lines)))
    return DONE

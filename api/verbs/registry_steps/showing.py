"""What steps of `kura registry` share: an opened registry, and answers as lines or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from rich.table import Table

    from enrollment.engine.service import EnrollmentService
    from registry.store import Registry

_TABLE_WIDTH = 300
"""Characters; more than any table of ours has."""


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Registry]:
    """Open the registry of the home that the command names, which must be there."""
    from api import wiring
    from api.installation import open_installation

    with wiring.open_registry(open_installation(arguments.home, create=False), create=False) as registry:
        yield registry


@contextmanager
def service(arguments: argparse.Namespace) -> Iterator[EnrollmentService]:
    """Ask the owner of the registry that the command names, as the actor it names."""
    from api import wiring
    from api.installation import open_installation

    installation = open_installation(arguments.home, create=False)
    with wiring.open_service(installation, shared.actor_of(arguments), create=False) as opened:
        yield opened


def show(documents: Any, lines: list[str], *, as_json: bool) -> int:
    """Print documents as JSON, or lines, and return the exit code of success."""
    from api.command_line import DONE

    if as_json:
        shared.print_json(documents)
    else:
        print("\n".join(lines) if lines else "none")
    return DONE


def show_table(title: str, table: Table) -> None:
    """Print a table under its title, never folded: a narrow terminal breaks its lines, and no figure is lost."""
    from rich.console import Console

    print(title)
    Console(width=_TABLE_WIDTH, highlight=False, markup=False).print(table)


def named(document: dict[str, Any]) -> str:
    """Return a document's person as text output shows it."""
    return shared.named(document["person"], document["simulated"])

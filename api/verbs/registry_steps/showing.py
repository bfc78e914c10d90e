"""What steps of `kura registry` share: an opened registry, and tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

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


def show_table(title: str, table: Table) -> None:
    """Print a table under its title, never folded: a narrow terminal breaks its lines, and no figure is lost."""
    from rich.console import Console

    print(title)
    Console(width=_TABLE_WIDTH, highlight=False, markup=False).print(table)

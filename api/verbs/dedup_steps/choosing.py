"""Which run a step is about: the one that is named, or the last."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.installation import Installation
    from enrollment.deduplication.store import RunStore


def add_run(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add the name of a run."""
    parser.add_argument("run", nargs="?", metavar="RUN", help=f"which run (default: {usual})")


def run_store(installation: Installation) -> RunStore:
    """Return the installation's runs."""
    from enrollment.deduplication.store import RunStore, runs_folder

    return RunStore(folder=runs_folder(installation.home))


def last_run(store: RunStore, named: str | None) -> str:
    """Return the run that is named, or the last one.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    if named is not None:
        return store.require(named)
    found = store.run_ids()
    if not found:
        raise _none("there is no deduplication run yet", "begin one with kura dedup run")
    return found[-1]


def last_unfinished(store: RunStore, named: str | None) -> str:
    """Return the run that is named, or the last one that is not finished.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    if named is not None:
        return store.require(named)
    for run_id in reversed(store.run_ids()):
        if store.result(run_id) is None:
            return run_id
    raise _none("there is no unfinished deduplication run", "begin one with kura dedup run")


def _none(message: str, remedy: str) -> Exception:
    from biometrics.errors import RecordNotFoundError

    return RecordNotFoundError(message, remedy=remedy)

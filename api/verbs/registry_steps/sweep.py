"""`kura registry sweep`: files that no record names."""

from __future__ import annotations

import argparse

from api.verbs.registry_steps import showing

NAME, SUMMARY = "sweep", "remove sample files that an interrupted enrollment left behind"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """Remove."""
    from api import wiring
    from api.installation import open_installation
    from enrollment.operations.upkeep import SWEEP

    installation = open_installation(arguments.home, create=False)
    with wiring.open_service(installation, create=False) as service:
        removed = service.call(SWEEP, None)
    return showing.show({"removed": removed}, [f"{removed} files removed"], as_json=arguments.json)

"""`kura registry init`: a new registry, in the home or in a PostgreSQL database."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "init", "create the registry, in the home or in an empty PostgreSQL database"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--database",
        metavar="ADDRESS",
        help="PostgreSQL database for a new home, such as postgresql://USER@HOST/DATABASE, without the password",
    )


def run(arguments: argparse.Namespace) -> int:
    """Create it, unless it is there already, and say where it is."""
    from api import wiring
    from api.installation import open_installation
    from registry.location import parse_address
    from registry.versions import SCHEMA_VERSION

    if arguments.database is not None:
        parse_address(arguments.database)  # before a home is made for nothing
    installation = open_installation(arguments.home, create=True)
    was_there = wiring.has_registry(installation)
    with wiring.create_registry(installation, arguments.database) as registry:
        address, persons, events = registry.address, registry.counts().subjects, registry.counts().events
    created = not was_there and not events
    document = {"database": address, "created": created, "schema_version": SCHEMA_VERSION, "persons": persons}
    told = f"created {address}" if created else f"{address} is there already, with {shared.counted(persons, 'person')}"
    return asking.report(arguments, document, [told, f"schema version {SCHEMA_VERSION}"])

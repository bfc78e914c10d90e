"""`kura keys status`: which keys protect the registry."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from api.installation import Installation
    from registry.keys.desk import KeyStatus

NAME, SUMMARY = "status", "say which key protects the registry, since when, and what is doubtful about that"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Tell; nothing of a key itself is shown."""
    from api.installation import open_installation
    from enrollment.operations.keys import KEY_STATUS

    found = asking.ask(arguments, KEY_STATUS, None)
    warnings = list(_warnings(found, open_installation(arguments.home, create=False)))
    generations = [
        {"generation": one.number, "made_at": one.made_at.isoformat(), "owners": one.owners}
        for one in found.generations
    ]
    document = {
        "key": found.key_id,
        "recovery_key": found.recovery_id,
        "generations": generations,
        "keys": list(found.named),
        "rotating": found.rotating,
        "warnings": warnings,
    }
    lines = [f"protected by {found.key_id}", f"recovery key: {found.recovery_id or 'none'}"]
    lines += [
        f"root generation {one['generation']}, made {one['made_at']}, wraps the keys of {one['owners']} owners"
        for one in generations
    ]
    return asking.report(arguments, document, [*lines, *(f"WARNING  {one}" for one in warnings)])


def _warnings(found: KeyStatus, installation: Installation) -> Iterator[str]:
    protection = installation.settings.protection
    if protection.lies_in(installation.home):
        yield "the key lies in the home: whoever copies that can read everything; see kura keys change"
    if found.recovery_id is None:
        yield "there is no recovery key: when the key is lost, everything is; see kura keys recovery"
    elif found.recovery_id == found.key_id:
        yield "the registry is open with its recovery key; see kura keys change"
    if found.rotating:
        yield "a rotation is unfinished; go on with kura keys rotate"

"""`kura sign keys`: the public keys with which others verify what this installation signed."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.sign_steps.verifying import PURPOSES

NAME = "keys"
SUMMARY = "list the keys that sign or signed, and write their public halves for those who verify"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--purpose-of-key", choices=PURPOSES, help="only keys of this purpose")
    step.add_argument("--out", type=Path, metavar="FILE", help="write a JSON Web Key Set to this file")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """List the keys."""
    import json

    from biometrics.files import write_whole
    from enrollment.operations.signing import SIGNING_KEYS

    if arguments.out is not None:
        shared.require_writable(arguments.out)
    wanted = arguments.purpose_of_key
    keys = [one for one in asking.ask(arguments, SIGNING_KEYS, None) if wanted in (None, one.purpose.value)]
    entries = [dict(one.entry) for one in keys]
    if arguments.out is not None:
        write_whole(arguments.out, f"{json.dumps({'keys': entries}, indent=2)}\n".encode())
    lines = [
        f"{one.purpose.value}: {one.entry['kid']}, {one.entry['alg']}, level {one.entry['level']}, {one.held}"
        f"{', ' + str(one.entry['ending']) if 'ending' in one.entry else ''}"
        for one in keys
    ]
    if arguments.out is not None:
        lines.append(f"their public halves are in {arguments.out}; hand it to others in a way they trust")
    return asking.report(arguments, {"keys": entries}, lines)

"""`kura keys make`: a key in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking

NAME, SUMMARY = "make", "make a key in a new file; kura keys change then lets it protect the registry"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--out", type=Path, required=True, metavar="FILE", help="new file, outside of the home")


def run(arguments: argparse.Namespace) -> int:
    """Make 32 random bytes in a file for its owner only; one that is there stays."""
    from biometrics.errors import RecordConflictError
    from registry.keys.encryption import FileKeyEncryption
    from registry.keys.key_file import make_key

    path = arguments.out.absolute()
    if path.exists():
        raise RecordConflictError("there is a file already", source=str(path), remedy="name a new one")
    make_key(path)
    key_id = FileKeyEncryption(path).key_id
    return asking.report(arguments, {"key": key_id, "file": str(path)}, [f"{key_id} written to {path}"])

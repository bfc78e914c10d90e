"""`kura registry reindex`: the rows by which persons are found by name, made anew."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "reindex", "make anew by what persons are found: after kura registry check says so, or an upgrade"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Go through all persons piece by piece; others read and write meanwhile, and it may be repeated at any time."""
    from enrollment.operations.finding import REINDEX

    persons, after = 0, ""
    with asking.service(arguments) as service:
        while True:
            piece = service.call(REINDEX, after)
            persons += piece.persons
            if piece.last is None:
                break
            after = piece.last
    return asking.report(arguments, {"persons": persons}, [f"{persons} persons can be found"])

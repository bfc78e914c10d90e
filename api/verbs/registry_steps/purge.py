"""`kura registry purge`: retired encounters that were kept long enough."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from enrollment.engine.service import EnrollmentService

NAME = "purge"
SUMMARY = "delete pictures, templates and persons of encounters that were retired long ago; backups still hold them"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--retired-before", type=_day, required=True, metavar="DAY", help="purge what was retired before YYYY-MM-DD"
    )
    step.add_argument("--reason", required=True, metavar="TEXT", help="the rule of retention; the trail keeps it")
    step.add_argument("--dry-run", action="store_true", help="only count")
    shared.add_actor(step)


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-01-31") from None


def run(arguments: argparse.Namespace) -> int:
    """Purge piece by piece; interrupted, it goes on when the command is given again."""
    from api.progress import progress_display
    from enrollment.operations.upkeep import PURGE, SWEEP, Purge

    asked = Purge(retired_before=arguments.retired_before, reason=arguments.reason, dry_run=arguments.dry_run)
    with asking.service(arguments) as service, progress_display() as progress:
        if not arguments.dry_run and service.call(PURGE, replace(asked, dry_run=True)).left:
            _renew_snapshots(arguments, service)
        piece = service.call(PURGE, asked)
        encounters, subjects = piece.encounters, piece.subjects
        while piece.left and not arguments.dry_run:
            progress(encounters, encounters + piece.left, "purge")
            piece = service.call(PURGE, asked)
            encounters, subjects = encounters + piece.encounters, subjects + piece.subjects
        files = 0 if arguments.dry_run else service.call(SWEEP, None)
    document = {"encounters": encounters, "persons": subjects, "files": files, "due": piece.left}
    said = f"{encounters} encounters and {subjects} persons purged, {files} files removed"
    lines = [f"{piece.left} encounters could be purged" if arguments.dry_run else said]
    return asking.report(arguments, document, lines)


def _renew_snapshots(arguments: argparse.Namespace, service: EnrollmentService) -> None:
    """Let no gallery on disk hold what is purged: one that was asleep still holds what was retired since."""
    from api.galleries import kept_galleries
    from api.installation import open_installation
    from enrollment.operations.galleries import KNOWN_GALLERIES

    kept = set(kept_galleries(open_installation(arguments.home, create=False)))
    for gallery in service.call(KNOWN_GALLERIES, None):
        if gallery.gallery_id in kept:
            service.keep_gallery(gallery_id=gallery.gallery_id)

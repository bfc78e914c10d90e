"""`kura gallery compact`: what is retired dropped from a gallery in memory and on disk."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.gallery_steps import showing

NAME, SUMMARY = "compact", "drop what is retired from a gallery in memory, and write a snapshot without it"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    showing.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Compact, write, and say what it came to; searches go on meanwhile."""
    with showing.service(arguments) as service:
        before = service.gallery_figures(gallery_id=arguments.gallery)
        figures = service.keep_gallery(gallery_id=arguments.gallery, compact=True)
    told = showing.document(figures) | {"before": dict(before.stats)}
    dropped = int(str(before.stats["gone"])) - int(str(figures.stats["gone"]))
    return asking.report(arguments, told, [f"dropped {dropped:,} that were retired", showing.how_kept(figures)])

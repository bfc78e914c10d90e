"""What the steps of `kura gallery` share: how figures of a gallery are told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.records import DEFAULT_GALLERY

if TYPE_CHECKING:
    from enrollment.engine.service import EnrollmentService
    from enrollment.keeping import GalleryFigures


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Add --gallery."""
    step.add_argument(
        "--gallery",
        default=DEFAULT_GALLERY,
        metavar="NAME",
        help=f"which gallery, as kura registry galleries lists it (default: {DEFAULT_GALLERY})",
    )


@contextmanager
def service(arguments: argparse.Namespace) -> Iterator[EnrollmentService]:
    """Yield whoever owns the registry, showing how far the opening of a gallery has come.

    Raises
    ------
    ConfigurationError, RecordError
        When there is no installation or no registry, or it cannot be asked.
    """
    from api import serving
    from api.installation import open_installation
    from api.progress import progress_display

    installation = open_installation(arguments.home, create=False)
    with (
        progress_display() as progress,
        serving.open_service(installation, create=False, progress=progress) as opened,
    ):
        yield opened


def document(figures: GalleryFigures) -> dict[str, Any]:
    """Return figures as a JSON document."""
    took = {"written_in_s": round(figures.kept_in_s, 3)}
    return {
        "gallery": figures.gallery_id,
        "origin": figures.origin.value,
        "reason": figures.reason,
        "followed": figures.followed,
        "opened_in_s": round(figures.opened_in_s, 3),
        "latest_change": figures.latest,
        **figures.stats,
        "snapshot": None if figures.kept is None else asdict(figures.kept) | took,
    }


def how_opened(figures: GalleryFigures) -> str:
    """Return a sentence on how a gallery came into memory."""
    took = f"in {figures.opened_in_s:.1f} s"
    persons = shared.counted(int(str(figures.stats["persons"])), "person")
    if figures.reason is None:
        return f"{persons} loaded from the snapshot, and {shared.counted(figures.followed, 'change')} since, {took}"
    return f"{persons} built from the registry {took}, because: {figures.reason}"


def how_kept(figures: GalleryFigures) -> str:
    """Return a sentence on a snapshot that was just written."""
    if figures.kept is None:
        return "no snapshot was written"
    return (
        f"snapshot of change {figures.kept.generation} written in {figures.kept_in_s:.1f} s, {size(figures.kept.bytes)}"
    )


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1_000:
            break
        value, unit = value / 1_000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"


def age(written_at: str) -> str:
    """Return how long ago something was written."""
    from biometrics.samples import now_utc

    seconds = max((now_utc() - datetime.fromisoformat(written_at)).total_seconds(), 0.0)
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            return f"{shared.counted(int(seconds // length), unit)} ago"
    return "just now"


def lines_of(stats: Mapping[str, object]) -> list[str]:
    """Return figures of a gallery, a line each, those that lie deeper behind the name of what holds them."""
    lines: list[str] = []
    for name, value in stats.items():
        words = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines += [f"{words}, {one.replace('_', ' ')}: {_figure(name, count)}" for one, count in value.items()]
        else:
            lines.append(f"{words}: {_figure(name, value)}")
    return lines


def _figure(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return size(value) if "bytes" in name else f"{value:,}"
    return "none" if value is None else str(value)

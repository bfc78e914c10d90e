"""`kura gallery stats`: what a gallery holds, in the engine's memory or in its snapshot."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs import asking
from api.verbs.gallery_steps import showing

if TYPE_CHECKING:
    from api.installation import Installation

NAME, SUMMARY = "stats", "show what a gallery holds: the engine's where one runs, else that of the snapshot on disk"


_HOW_IT_CAME = ("origin", "reason", "followed", "opened_in_s", "snapshot")


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    showing.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Describe; 1 where no engine runs and there is no snapshot."""
    from api import serving
    from api.command_line import NEGATIVE
    from api.installation import open_installation

    installation = open_installation(arguments.home, create=False)
    engine = serving.running_engine(installation)
    if engine is None:
        told = _of_the_snapshot(installation, arguments.gallery)
    else:
        with engine:
            told = showing.document(engine.gallery_figures(gallery_id=arguments.gallery)) | {"source": "engine"}
    if told is None:
        remedy = "no engine runs and there is no snapshot; write one with kura gallery build"
        asking.report(arguments, {"gallery": arguments.gallery, "snapshot": None}, [remedy])
        return NEGATIVE
    shown = {name: value for name, value in told.items() if name not in _HOW_IT_CAME}
    return asking.report(arguments, told, [*showing.lines_of(shown), *_lines_of_snapshot(told["snapshot"])])


def _lines_of_snapshot(kept: dict[str, Any] | None) -> list[str]:
    if kept is None:
        return ["snapshot: none"]
    written = f"{showing.age(kept['written_at'])}, {showing.size(kept['bytes'])}"
    return [f"snapshot: of change {kept['generation']:,}, {written}"]


def _of_the_snapshot(installation: Installation, gallery_id: str) -> dict[str, Any] | None:
    """Return what the snapshot of a gallery says about it; None when there is none.

    Raises
    ------
    SnapshotError, ConfigurationError, RecordError
        When it cannot be used, or there is no such gallery.
    """
    from api import wiring
    from api.galleries import galleries_folder
    from enrollment.keeping import SnapshotKeys
    from enrollment.keeping.headers import Header
    from matching.keeping import open_snapshot

    folder = galleries_folder(installation) / gallery_id
    with wiring.open_registry(installation, create=False) as registry, registry.reading() as section:
        section.galleries.require([gallery_id])
        latest = section.latest_sequence()
        snapshot = open_snapshot(folder, SnapshotKeys(registry.keys, gallery_id).find)
    if snapshot is None:
        return None
    with snapshot:
        header, manifest = Header.read(snapshot.header), snapshot.manifest
    kept = {"generation": header.generation, "written_at": manifest.written_at, "bytes": manifest.bytes}
    return {
        "gallery": gallery_id,
        "source": "snapshot",
        "latest_change": latest,
        **header.stats,
        "snapshot": kept,
    }

"""What the benchmarks' steps share: what they measure with, and how they answer."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.command_line import DONE
from api.installation import look_at_installation
from api.verbs import arguments as shared
from api.wiring import load_face_extractor
from benchmarks.accuracy.measured import Bench
from benchmarks.datasets import DataSet
from benchmarks.templates import CachingExtractor
from benchmarks.verb_arguments import PRINTED, REPLICATES
from biometrics.extraction import Extractor
from biometrics.files import write_whole
from biometrics.positions import Modality
from biometrics.protocols import Progress
from models.finger.extractor import FingerExtractor
from models.store import ModelStore


def bench_of(arguments: argparse.Namespace, modality: Modality, progress: Progress) -> Bench:
    """Return what to measure with, as asked."""
    extractor = CachingExtractor(load_extractor(modality, arguments.home), fresh=arguments.fresh)
    return Bench(extractor=extractor, replicates=getattr(arguments, "replicates", REPLICATES), progress=progress)


def load_extractor(modality: Modality, home: Path | None = None) -> Extractor:
    """Return the extractor that the product uses, on one thread; for faces, that of the installation.

    Raises
    ------
    ModelUnavailableError
        When its model can neither be found nor built.
    ConfigurationError
        When the settings of the installation are wrong.
    """
    if modality is Modality.FINGER:
        return FingerExtractor.load(ModelStore())
    return load_face_extractor(look_at_installation(home))


def require_writable_json(arguments: argparse.Namespace) -> None:
    """Refuse a --json FILE that could not be written, before anything is measured.

    Raises
    ------
    StorageError
        Naming the file.
    """
    if arguments.json not in (None, PRINTED):
        shared.require_writable(Path(arguments.json))


def answer(arguments: argparse.Namespace, document: dict[str, Any], lines: Sequence[str]) -> int:
    """Print the lines, or what --json asked for instead; with --json FILE the lines too, and the document to the file.

    Raises
    ------
    StorageError
        When the file cannot be written.
    """
    if arguments.json == PRINTED:
        shared.print_json(document)
        return DONE
    if arguments.json is not None:
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        write_whole(Path(arguments.json), f"{text}\n".encode(), mode=0o644)
    print("\n".join(lines))
    return DONE


def resolutions(sets: Sequence[DataSet]) -> dict[str, str]:
    """Say for each set of prints at what resolution it was taken."""
    return {data.name: f"{data.samples[0].ppi:g} ppi" for data in sets}


def all_files(sets: Sequence[DataSet]) -> dict[str, Path]:
    """Return every file of the sets, by a name that says nothing about where it lies."""
    return {name: path for data in sets for name, path in data.files.items()}

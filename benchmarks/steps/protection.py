"""`kura bench protection`."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.command_line import DONE
from api.progress import progress_display
from benchmarks.accuracy.identify_prints import prints_of
from benchmarks.data_hash import data_hash
from benchmarks.datasets import finger_sets
from benchmarks.environment import describe_environment
from benchmarks.portraits import face_set
from benchmarks.protection import measuring, sources, table
from benchmarks.protection.measuring import Mates, Row
from benchmarks.steps.parts import all_files, answer, bench_of, require_writable_json
from biometrics.positions import Modality
from biometrics.protocols import Progress
from biometrics.samples import now_utc


def run(arguments: argparse.Namespace) -> int:
    """Link persons under two keys in every way, and say how far that goes."""
    started = now_utc()
    require_writable_json(arguments)
    with progress_display() as progress:
        mates, files = _mates(arguments, progress)
        tables = _measured(mates, progress)
    told = {
        "schema": "kura-protection/1",
        "started": started.isoformat(),
        "environment": describe_environment().document(),
        "data_sha256": data_hash(files),
        "parameters": {"persons": arguments.persons, "key_pairs": measuring.KEY_PAIRS},
        "tables": table.document(tables),
    }
    answer(arguments, told, table.lines(tables))
    return DONE


def _mates(arguments: argparse.Namespace, progress: Progress) -> tuple[list[Mates], dict[str, Path]]:
    data = face_set(arguments.images)
    files: dict[str, Path] = dict(data.files)
    faces = list(sources.portraits(bench_of(arguments, Modality.FACE, progress).extractor.extract_all(data, progress)))
    found = [*faces, *sources.simulated(faces[0], arguments.persons)]
    if arguments.data:
        sets = finger_sets(arguments.data)
        extractor = bench_of(arguments, Modality.FINGER, progress).extractor
        some = prints_of([extractor.extract_all(one, progress) for one in sets])
        own = list(sources.prints(some, sets[0].name))
        found += [*own, *sources.simulated(own[0], arguments.persons)]
        files |= all_files(sets)
    return found, files


def _measured(mates: list[Mates], progress: Progress) -> dict[str, list[Row]]:
    ways = {
        "Without knowledge": measuring.without_knowledge,
        "Two whole galleries": measuring.from_galleries,
        "Persons who are known in both": measuring.from_known_pairs,
    }
    tables: dict[str, list[Row]] = {}
    for name, way in ways.items():
        rows = tables[name] = []
        for done, one in enumerate(mates):
            rows += way(one)
            progress(done + 1, len(mates), name)
    return tables

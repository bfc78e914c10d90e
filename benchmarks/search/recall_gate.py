"""Whether an approximate index would lose persons, on data of one's own: `python -m benchmarks.search.recall_gate`.

`--images DIR` takes portraits, a folder a person: the first of each is enrolled, further ones are searched. `--vectors
FILE.npz` takes arrays `vectors`, `probes` (float32 [count, dimension], compared by inner product) and `mates` (the row
of each probe's person). The exit code is 0 where an index passes and 1 where none does. Kura itself never decides by an
approximate index, whatever is measured here: an engine that lists one person in a thousand less lets one fraud in a
thousand pass.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.progress import progress_display
from benchmarks.accuracy.face_vectors import embeddings
from benchmarks.portraits import face_set
from benchmarks.search.approximate import Known, gate, gate_lines
from benchmarks.search.peers import one_faiss_thread
from benchmarks.steps.parts import load_extractor
from benchmarks.templates import CachingExtractor
from biometrics.errors import BiometricsError, ConfigurationError, SampleError
from biometrics.positions import Modality
from biometrics.protocols import Progress

_RECALL = 0.999


def main(words: Sequence[str] | None = None) -> int:
    """Measure approximate indexes, print a line for each, and return the exit code."""
    arguments = _parser().parse_args(words)
    try:
        with progress_display() as progress, one_faiss_thread():
            known = read_known(arguments.vectors) if arguments.images is None else see_known(arguments.images, progress)
            results = gate(known, wanted=arguments.recall, progress=progress)
    except BiometricsError as error:
        print(f"recall_gate: {error}", file=sys.stderr)
        return 3
    print("\n".join([f"{len(known.vectors):,} persons, {len(known.probes):,} searches", *gate_lines(results)]))
    return 0 if any(one.passes for one in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search.recall_gate", description=__doc__)
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--images", type=Path, metavar="DIR", help="portraits, a folder a person")
    data.add_argument("--vectors", type=Path, metavar="FILE.npz", help="arrays vectors, probes and mates")
    parser.add_argument(
        "--recall", type=_share, default=_RECALL, help=f"share of mates that must be listed (default: {_RECALL})"
    )
    return parser


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1")
    return share


def see_known(folder: Path, progress: Progress) -> Known:
    """Extract portraits and return persons by their first, and the others as probes.

    Raises
    ------
    SampleError
        When nobody has several portraits that can be used.
    """
    extractor = load_extractor(Modality.FACE)
    enrolled = CachingExtractor(extractor).extract_all(face_set(folder), progress)
    vectors, present = embeddings(enrolled, extractor.format.dimension)
    usable = np.flatnonzero(present)
    _, firsts, numbers = np.unique(enrolled.subjects[usable], return_index=True, return_inverse=True)
    further = np.setdiff1d(np.arange(len(usable)), firsts)
    if not len(further):
        raise SampleError("nobody has several portraits that can be used", source=str(folder))
    rows = vectors[usable]
    return Known(vectors=rows[firsts], probes=rows[further], mates=numbers.ravel()[further].astype(np.int64))


def read_known(path: Path) -> Known:
    """Read persons and probes from an archive of arrays.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or its arrays do not belong together or are not finite.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            vectors, probes = (archive[name].astype(np.float32) for name in ("vectors", "probes"))
            mates = archive["mates"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigurationError(
            "no archive of the arrays vectors, probes and mates", source=str(path), remedy="write it with numpy.savez"
        ) from error
    fitting = vectors.ndim == probes.ndim == 2 and vectors.shape[1] == probes.shape[1] and mates.shape == (len(probes),)
    if not fitting or not np.isfinite(vectors).all() or not np.isfinite(probes).all():
        raise ConfigurationError("the arrays do not belong together or are not finite", source=str(path))
    if len(mates) and not 0 <= mates.min() <= mates.max() < len(vectors):
        raise ConfigurationError("a mate is not among the persons", source=str(path))
    return Known(vectors=np.ascontiguousarray(vectors), probes=np.ascontiguousarray(probes), mates=mates)


if __name__ == "__main__":
    sys.exit(main())

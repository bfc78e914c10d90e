"""Fits the finger descriptor to prints of people: `python -m benchmarks.descriptor.people --data DIR ...`.

What `benchmarks.descriptor.train` learned from simulated minutiae is moved to where prints of people lie on average.
Then the scores of strangers are measured, each data set moved by the average of the others, so that the stated rates
hold for a scanner that took no part.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.accuracy.identify_prints import Prints, mirrored, prints_of
from benchmarks.data_folder import data_folder
from benchmarks.datasets import finger_sets
from benchmarks.descriptor.centring import held_out, moved, vectors_of
from benchmarks.steps.parts import load_extractor
from benchmarks.templates import CachingExtractor
from biometrics.positions import Modality
from matching.calibration import Calibration, fit_calibration, write_calibration
from matching.descriptor.describe import SCHEME
from matching.descriptor.weights import Weights, read_weights, write_weights

POPULATION = "fvc2002-b"

_ORIGIN = """FVC2002 DB1-4 set B: different fingers of one database, and prints with mirrored prints of other fingers; \
each database moved by the average of the others"""


def main() -> None:
    """Write weights that fit people, and the calibration of their scores."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.descriptor.people", description=main.__doc__)
    parser.add_argument("--data", type=data_folder, nargs="+", required=True, metavar="DIR[:PPI]")
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help="what was learned, .npz")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="weights to write, .npz")
    parser.add_argument("--calibration", type=Path, required=True, metavar="FILE", help="calibration to write, .json")
    arguments = parser.parse_args()
    extractor = CachingExtractor(load_extractor(Modality.FINGER))
    prints = prints_of([extractor.extract_all(data) for data in finger_sets(arguments.data)])
    weights = read_weights(arguments.weights)
    write_weights(moved(weights, prints.minutiae), arguments.out)
    write_calibration(calibration(prints, weights), arguments.calibration)


def calibration(prints: Prints, weights: Weights) -> Calibration:
    """Return what scores mean, from strangers of one data set: different fingers, and mirrored ones of others."""
    weights_of = held_out(weights, prints)
    own = vectors_of(prints.minutiae, prints.sets, weights_of)
    mirror = [None if one is None else mirrored(one) for one in prints.minutiae]
    strange = vectors_of(mirror, prints.sets, weights_of)
    there = np.asarray(own.any(axis=1), dtype=np.bool_)
    same_set, same_finger = (np.asarray(np.equal.outer(one, one)) for one in (prints.sets, prints.fingers))
    strangers = np.asarray(same_set & ~same_finger & np.logical_and.outer(there, there), dtype=np.bool_)
    return fit_calibration(
        np.concatenate(((own @ own.T)[np.triu(strangers)], (own @ strange.T)[strangers])),
        scale=SCHEME,
        population=POPULATION,
        origin=_ORIGIN,
        subjects=len(np.unique(prints.fingers)),
        command="python -m benchmarks.descriptor.people",
    )


if __name__ == "__main__":
    main()

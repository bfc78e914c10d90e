"""Fits the eye classifiers: `python -m benchmarks.eyes.train --images DIR --out FILE`, DIR being the FairFace sample.

`fairface_eyes.csv` says what one person saw when looking at the eye regions of 1,167 faces of the sample that are
turned by no more than about 35 degrees: open, closed (lids down or nearly so), covered (dark glasses), or doubtful,
which is left out. The command prints how well the classifiers do on faces they were not fitted to.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Pixels
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from models.face.extractor import FaceExtractor
from models.face.quality.eyes import describe_eyes
from models.store import ModelStore

LABELS = Path(__file__).with_name("fairface_eyes.csv")

REGULARISATION = 1.0
"""Of 0.3 to 30 the one with the best area under the curve for closed eyes; all are within 0.01."""

FOLDS, ROUNDS, STEPS = 5, 3, 25
SEED = 0

_Rows: TypeAlias = Float64[NDArray[np.float64], "rows numbers"]
_Numbers: TypeAlias = Float64[NDArray[np.float64], " numbers"]
_PerFace: TypeAlias = Float64[NDArray[np.float64], "faces 2 numbers"]
_Scores: TypeAlias = Float64[NDArray[np.float64], " faces"]


def main() -> None:
    """Fit the classifiers, print their error rates, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eyes.train", description=main.__doc__)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the FairFace sample")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="weights to write, .npz")
    arguments = parser.parse_args()
    with LABELS.open(newline="") as file:
        labels = {row["file"]: row["eyes"] for row in csv.DictReader(file)}
    described = _describe(arguments.images, labels)
    states = np.array([labels[name] for name in described])
    faces = np.stack(list(described.values())).astype(np.float64)
    weights = {}
    for state in ("closed", "covered"):
        chosen = (states == "open") | (states == state)
        positive = states[chosen] == state
        _report(state, held_out_scores(faces[chosen], positive), positive)
        weights[state] = fit(faces[chosen], positive).astype(np.float32)
    np.savez(arguments.out, **weights)  # type: ignore[arg-type]


def fit(faces: _PerFace, positive: NDArray[np.bool_]) -> _Numbers:
    """Return a logistic regression of single eyes, weights and then the intercept; both classes weigh the same."""
    rows = np.concatenate([faces[:, 0], faces[:, 1]])
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    wanted = np.concatenate([positive, positive]).astype(np.float64)
    importance = np.where(wanted == 1.0, (wanted == 0.0).mean(), (wanted == 1.0).mean()) * 2.0
    penalty = REGULARISATION * np.eye(rows.shape[1])
    penalty[-1, -1] = 1e-6
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        estimate = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30.0, 30.0)))
        slope = rows.T @ (importance * (estimate - wanted)) + penalty @ weights
        curvature = (rows * (importance * estimate * (1.0 - estimate))[:, None]).T @ rows + penalty
        weights -= np.linalg.solve(curvature, slope)
    return weights


def held_out_scores(faces: _PerFace, positive: NDArray[np.bool_]) -> _Scores:
    """Return the score of each face under weights fitted without it, the mean of several divisions into folds."""
    random = np.random.default_rng(SEED)
    scores = np.zeros(len(faces))
    for _ in range(ROUNDS):
        fold = random.integers(0, FOLDS, len(faces))
        for number in range(FOLDS):
            out = fold == number
            weights = fit(faces[~out], positive[~out])
            scores[out] += (faces[out].mean(axis=1) @ weights[:-1] + weights[-1]) / ROUNDS
    return scores


def _describe(folder: Path, labels: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
    extractor = FaceExtractor.load(ModelStore())
    described = {}
    for name in sorted(labels):
        sample = _sample(read_image(folder / name).pixels)
        faces = extractor.detect(sample)
        if faces and labels[name] != "doubtful":
            described[name] = describe_eyes(extractor.align(sample, faces[0]))
    return described


def _sample(pixels: Pixels) -> BiometricSample:
    return BiometricSample(position=Position.FACE, pixels=pixels, captured_at=now_utc())


def _report(state: str, scores: _Scores, positive: NDArray[np.bool_]) -> None:
    found, others = scores[positive], scores[~positive]
    area = float((found[:, None] > others[None]).mean())
    print(f"{state}: {len(found)} faces, {len(others)} with open eyes, area under the curve {area:.3f}")
    for share in (0.005, 0.01, 0.02, 0.03, 0.05):
        threshold = float(np.quantile(others, 1.0 - share))
        print(f"  score {threshold:.2f}: {(found > threshold).mean():.0%} found, {share:.1%} of open eyes wrongly")


if __name__ == "__main__":
    main()

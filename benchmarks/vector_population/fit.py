"""Fits the shipped parameters of simulated vectors: `python -m benchmarks.vector_population.fit --help`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from api.progress import progress_display
from benchmarks.vector_population.arguments import data_parser
from benchmarks.vector_population.fitting import TOGETHER, fit_mates, fit_strangers, lasting_and_occasion
from benchmarks.vector_population.measured import RealVectors, real_faces, real_fingers, real_scores
from benchmarks.vector_population.parameters import Fitted, write_fitted
from biometrics.positions import Modality

_COMMAND = "python -m benchmarks.vector_population.fit"


def main() -> None:
    """Fit, and write the file."""
    parser = data_parser(_COMMAND, "fit how vectors of simulated persons lie to real ones")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="parameters to write")
    arguments = parser.parse_args()
    with progress_display() as progress:
        faces = real_faces(arguments.portraits, progress)
        fingers = real_fingers(arguments.prints, progress)
    write_fitted(fit_all(faces, fingers), arguments.out)


def fit_all(faces: RealVectors, fingers: RealVectors) -> Mapping[Modality, Fitted]:
    """Return what fits faces and fingers best."""
    return {Modality.FACE: _fit(faces, Modality.FACE), Modality.FINGER: _fit(fingers, Modality.FINGER)}


def _fit(real: RealVectors, modality: Modality) -> Fitted:
    scores, dimension = real_scores(real), real.vectors.shape[1]
    finger = modality is Modality.FINGER
    shares = lasting_and_occasion(real, occasions=finger)
    mirrored = ", prints and mirrored prints" if finger else ""
    return Fitted(
        origin=f"{real.name}{mirrored}: {len(scores.strangers):,} pairs of strangers, {len(scores.mates):,} of mates",
        command=_COMMAND,
        dimension=dimension,
        strangers=fit_strangers(scores.strangers, dimension),
        mates=fit_mates(scores.mates, scores.strangers, shares, together=TOGETHER if finger else 0.0),
    )


if __name__ == "__main__":
    main()

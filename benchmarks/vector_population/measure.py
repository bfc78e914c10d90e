"""Compares simulated vectors' scores with real ones: `python -m benchmarks.vector_population.measure --help`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from api.progress import progress_display
from benchmarks.vector_population.arguments import data_parser
from benchmarks.vector_population.measured import (
    RealVectors,
    real_faces,
    real_fingers,
    real_persons,
    real_scores,
)
from benchmarks.vector_population.parameters import Fitted, load_fitted
from benchmarks.vector_population.scores import BlockScores, Difference, difference
from benchmarks.vector_population.simulated import simulated_scores
from biometrics.positions import FINGERS, Modality
from matching.person_vectors import layout_of
from matching.vectors.layout import Block, Layout

PERSONS, SEED = 4_000, 20_021_126
"""Simulated persons compared, eight million pairs."""

_COMMAND = "python -m benchmarks.vector_population.measure"


def main() -> None:
    """Measure, and print."""
    parser = data_parser(_COMMAND, "compare scores of simulated vectors with those of real ones")
    parser.add_argument("--fitted", type=Path, metavar="FILE", help="parameters (default: those that ship)")
    arguments = parser.parse_args()
    with progress_display() as progress:
        faces = real_faces(arguments.portraits, progress)
        fingers = real_fingers(arguments.prints, progress)
    for name, real, simulated in compared(faces, fingers, load_fitted(arguments.fitted)):
        print("\n".join(lines(name, real, difference(real, simulated))))


def compared(
    faces: RealVectors, fingers: RealVectors, fitted: Mapping[Modality, Fitted], *, persons: int = PERSONS
) -> Iterator[tuple[str, BlockScores, BlockScores]]:
    """Yield real and simulated scores of faces, of single fingers, and of persons with a finger of each set."""
    face = Layout(blocks=(Block(name="face", dimension=faces.vectors.shape[1]),))
    yield "face", real_scores(faces), simulated_scores(face, persons, SEED, fitted)
    finger = Layout(blocks=(Block(name="right_index", dimension=fingers.vectors.shape[1]),))
    yield "finger", real_scores(fingers), simulated_scores(finger, persons, SEED, fitted)
    sets = len(set(fingers.sets.tolist()))
    person = layout_of(faces.vectors.shape[1], FINGERS[:sets])
    weights = [block.weight for block in person.blocks]
    simulated = simulated_scores(person, persons, SEED, fitted)
    for one_sensor, name in ((False, "a sensor each"), (True, "of one sensor")):
        real = real_persons(faces, fingers, weights, one_sensor=one_sensor)
        yield f"face and {sets} fingers, {name}", real, simulated


def lines(name: str, real: BlockScores, found: Difference) -> Iterator[str]:
    """Yield what is printed of one kind of scores."""
    yield (
        f"{name}: strangers {len(real.strangers):,} pairs, KS {found.strangers_ks:.3f}; "
        f"mates {len(real.mates):,} pairs, KS {found.mates_ks:.3f}"
    )
    yield "  strangers reach     real  simulated  simulated rate there    mates missed there, real / simulated"
    for rate, (real_limit, simulated_limit) in found.strangers.items():
        missed, simulated_missed = found.missed[rate]
        yield (
            f"  {rate:<15g} {real_limit:8.3f} {simulated_limit:10.3f} {found.reached[rate]:20.2g}"
            f" {missed:20.2%} / {simulated_missed:.2%}"
        )
    yield "  mates stay below    real  simulated"
    for share, (real_score, simulated_score) in found.mates.items():
        yield f"  {share:<15g} {real_score:8.3f} {simulated_score:10.3f}"


if __name__ == "__main__":
    main()

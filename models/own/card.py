"""The card of an added model: what its owner said, what the trial measured, and what nobody knows."""

from __future__ import annotations

from models.own.description import AttackDescription, ModelDescription
from models.own.library import OwnModel

_INTENDED = {
    "face-embedder": "Comparing faces, once its scores are calibrated (`kura models calibrate`).",
    "presentation-attack": "Pointing an operator to portraits that may show a photograph, a screen or a mask.",
}


def own_card(model: OwnModel) -> str:
    """Return the card, Markdown."""
    said = model.description
    return f"""# {said.model_id}

**Task.** {said.kind.value}, added by this installation.
**Origin.** {model.file.name}, SHA-256 {model.sha256}.
**Licence.** {said.licence}
**Training data.** {said.provenance}

## Intended use

{_INTENDED[said.kind.value]}

## Input and output

{_input(said)} {_output(said)}

## Measured

{_measured(model)}

## Differentials

Unknown: nothing about groups of people was measured by Kura for this model. `kura bench face --labels` measures it.

## Limits

What is written above as licence and training data is the owner's word; Kura checked what `Measured` says, on drawn
faces, and nothing else. Error rates of other models say nothing about this one.
"""


def _input(said: ModelDescription) -> str:
    taken = said.input
    scale = "0-255" if taken.scale == 1.0 else "0-1"
    return (
        f"{taken.width} x {taken.height} pixels, {taken.colors}, {taken.layout}, {scale}, "
        f"mean {_list(taken.mean)}, std {_list(taken.std)}."
    )


def _output(said: ModelDescription) -> str:
    if isinstance(said.task, AttackDescription):
        meaning = "attack" if said.task.means_attack else "bona fide"
        return (
            f"The face is cut out at {said.task.crop:g} times its size. Output {said.task.index} after "
            f"{said.task.activation.value} is the probability of {meaning}; an attack is suspected below a score of "
            f"{said.task.threshold:g} (1 is bona fide)."
        )
    points = "; ".join(_list(tuple(map(float, point))) for point in said.task.points)
    return f"The five points lie at {points}. Out come {said.task.dimension} numbers, compared by cosine."


def _measured(model: OwnModel) -> str:
    lines = [f"- {name.replace('_', ' ')}: {value}" for name, value in sorted(model.tried.items())]
    return "\n".join(lines) if lines else "- nothing"


def _list(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)

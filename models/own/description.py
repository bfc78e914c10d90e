"""What the owner of a model says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from biometrics.errors import ConfigurationError
from biometrics.templates import TemplateFormat
from models.face.detect import FivePoints


class ModelKind(Enum):
    """What a model is for."""

    FACE_EMBEDDER = "face-embedder"
    PRESENTATION_ATTACK = "presentation-attack"


class Activation(Enum):
    """What turns the outputs of an attack model into 0-1."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDescription:
    """How a picture is made into numbers: (pixel * scale - mean) / std.

    Parameters
    ----------
    width, height
        Pixels.
    colors
        `RGB`, `BGR` or `gray`.
    layout
        `NCHW` or `NHWC`.
    scale
        1 where the model takes 0-255, 1/255 where it takes 0-1.
    mean, std
        One number per channel.
    """

    width: int
    height: int
    colors: str
    layout: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def channels(self) -> int:
        """1 for grey, else 3."""
        return 1 if self.colors == "gray" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one picture, in the model's layout."""
        if self.layout == "NCHW":
            return self.channels, self.height, self.width
        return self.height, self.width, self.channels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbedderDescription:
    """What only embedders have.

    Parameters
    ----------
    points
        float32 [5, 2] where the five points lie in the input, pixels.
    dimension
        Length of the vector.
    unit
        True when the model divides by the norm itself, so that the norm says nothing.
    """

    points: FivePoints
    dimension: int
    unit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackDescription:
    """What only attack models have.

    Parameters
    ----------
    crop
        Side of the square that is cut out around the face, in longer sides of its box.
    activation
        Applied to the outputs.
    index
        Which output is looked at.
    means_attack
        True when that output rises with the suspicion, false when it rises with a bona fide presentation.
    threshold
        An attack is suspected where the score (1 is bona fide) is below it.
    """

    crop: float
    activation: Activation
    index: int
    means_attack: bool
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelDescription:
    """A user's model, as its description says.

    Parameters
    ----------
    model_id
        `name/version`; every template carries it.
    licence, provenance
        What the model may be used for, and what it was trained on (`unknown` where nobody knows).
    output
        Name of the output; empty for the only one.
    task
        What belongs to the model's kind.
    """

    model_id: str
    licence: str
    provenance: str
    input: InputDescription
    output: str
    task: EmbedderDescription | AttackDescription

    @property
    def kind(self) -> ModelKind:
        """What the model is for."""
        embeds = isinstance(self.task, EmbedderDescription)
        return ModelKind.FACE_EMBEDDER if embeds else ModelKind.PRESENTATION_ATTACK

    @property
    def format(self) -> TemplateFormat:
        """The format of the templates of an embedder.

        Raises
        ------
        ConfigurationError
            When the model makes none.
        """
        if not isinstance(self.task, EmbedderDescription):
            raise ConfigurationError(
                "this model makes no templates", source=self.model_id, remedy="set it as pad_model"
            )
        algorithm, version = self.model_id.split("/")
        return TemplateFormat(algorithm=algorithm, version=version, metric="cosine", dimension=self.task.dimension)

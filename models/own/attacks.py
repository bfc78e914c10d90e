"""Presentation attack evidence by a user's model; implements `models.face.roles.AttackDetector`."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import ColorPixels, Vector
from biometrics.errors import ConfigurationError, ProcessingError
from biometrics.quality import PadResult
from models.face.detect import DetectedFace
from models.own.description import Activation, AttackDescription, ModelDescription
from models.own.network import OwnNetwork
from models.own.pixels import cut_out, to_batch


class OwnAttackDetector:
    """A described presentation attack model; safe to call from several threads.

    Parameters
    ----------
    network
        The model, opened with this description.
    description
        Of an attack model.

    Raises
    ------
    ConfigurationError
        When the description is of another kind.
    """

    def __init__(self, network: OwnNetwork, description: ModelDescription) -> None:
        if not isinstance(description.task, AttackDescription):
            raise ConfigurationError(
                "not a presentation attack model", source=description.model_id, remedy="set it as face_model"
            )
        self._network = network
        self._description = description
        self._task = description.task

    def judge(self, pixels: ColorPixels, face: DetectedFace) -> PadResult:
        """Return the evidence; a model that fails on a face gives "not evaluated" with the reason."""
        size = (self._description.input.width, self._description.input.height)
        try:
            picture = cut_out(pixels, face, self._task.crop, size)
            (row,) = self._network.run(to_batch([picture], self._description.input))
            score = self.score_of(row)
        except ProcessingError as error:
            return PadResult(score=None, algorithm=self._description.model_id, reason=error.message)
        return PadResult(score=score, algorithm=self._description.model_id, threshold=self._task.threshold)

    def score_of(self, row: Vector) -> float:
        """Return 0 (attack) to 1 (bona fide) for the model's outputs for one picture.

        Raises
        ------
        ProcessingError
            When they are no probability.
        """
        if self._task.index >= len(row):
            raise ProcessingError(f"the model gave {len(row)} numbers, and none at index {self._task.index}")
        if not np.isfinite(row).all():
            raise ProcessingError("the model gave a number that is not finite")
        value = float(_activated(row, self._task.activation)[self._task.index])
        if not 0.0 <= value <= 1.0:
            raise ProcessingError(f"the model gave {value:.4g}, which is no probability")
        return 1.0 - value if self._task.means_attack else value


def _activated(row: Vector, activation: Activation) -> Vector:
    if activation is Activation.SOFTMAX:
        powers = np.exp(row - row.max())
        return np.asarray(powers / powers.sum(), np.float32)
    if activation is Activation.SIGMOID:
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * row)), np.float32)  # without overflow at either end
    return row

"""Trying a user's model on the spot: what it promises is checked on drawn faces before a template depends on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np

from biometrics.errors import ConfigurationError, ProcessingError
from models.own.attacks import OwnAttackDetector
from models.own.description import EmbedderDescription, ModelDescription
from models.own.embedder import OwnEmbedder
from models.own.network import Outputs, OwnNetwork
from models.own.pixels import Batch, cut_out, to_batch, warp
from models.own.synthetic import synthetic_face

FACES = 6
"""Drawn faces that a model is tried on."""

LARGEST_BATCH_ERROR = 1e-3
"""Of the largest output; between a picture alone and in a batch, where sums are taken in another order."""

LEAST_CHANGE = 1e-5
"""Of the largest output; a model whose outputs for different faces differ by less does not look at its input."""

_TIMED_RUNS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial found out.

    Parameters
    ----------
    batched
        Whether the model takes several pictures at a time.
    ms
        Median time of one picture, one thread, milliseconds.
    norms
        Least and largest length of a vector; None for attack models.
    scores
        Least and largest score; None for embedders.
    notes
        What is no fault, but worth a look.
    """

    batched: bool
    ms: float
    norms: tuple[float, float] | None
    scores: tuple[float, float] | None
    notes: tuple[str, ...] = ()


def try_model(data: bytes, description: ModelDescription) -> Trial:
    """Open a model and check it on drawn faces.

    Checked: the file opens, input and output fit the description, every number is finite, equal input gives equal
    output, a batch gives what single pictures give, different faces give different output, and what the kind promises:
    vectors of the stated dimension that have a direction, or probabilities.

    Raises
    ------
    ConfigurationError
        Naming the first promise that does not hold.
    """
    network = OwnNetwork(data, description)
    batch = _drawn_batch(description)
    try:
        together = network.run(batch)
        alone = np.concatenate([network.run(batch[i : i + 1]) for i in range(len(batch))])
        again = network.run(batch)
        norms, scores, notes = _check_kind(network, description, together)
        _check_numbers(together, alone, again)
    except ProcessingError as error:
        raise ConfigurationError(
            error.message, source=description.model_id, remedy="correct the description, or export the model anew"
        ) from error
    return Trial(batched=network.batched, ms=_time_ms(network, batch), norms=norms, scores=scores, notes=notes)


def _drawn_batch(description: ModelDescription) -> Batch:
    size = (description.input.width, description.input.height)
    pictures = []
    for seed in range(FACES):
        pixels, face = synthetic_face(seed)
        if isinstance(description.task, EmbedderDescription):
            pictures.append(warp(pixels, face.points, description.task.points, size))
        else:
            pictures.append(cut_out(pixels, face, description.task.crop, size))
    return to_batch(pictures, description.input)


def _check_numbers(together: Outputs, alone: Outputs, again: Outputs) -> None:
    if not (np.isfinite(together).all() and np.isfinite(alone).all()):
        raise ProcessingError("the model gave a number that is not finite")
    if not np.array_equal(together, again):
        raise ProcessingError("the model gives another output for the same input each time")
    largest = float(np.abs(together).max())
    if together.shape != alone.shape or float(np.abs(together - alone).max()) > LARGEST_BATCH_ERROR * largest:
        raise ProcessingError("the model gives another output for a picture in a batch than for the picture alone")
    if float(np.ptp(together, axis=0).max()) <= LEAST_CHANGE * largest:
        raise ProcessingError("the model gives the same output for different faces")


def _check_kind(
    network: OwnNetwork, description: ModelDescription, outputs: Outputs
) -> tuple[tuple[float, float] | None, tuple[float, float] | None, tuple[str, ...]]:
    if isinstance(description.task, EmbedderDescription):
        found = OwnEmbedder(network, description).embeddings(outputs)
        norms = [embedding.raw_norm for embedding in found]
        return (min(norms), max(norms)), None, _norm_notes(norms, description.task)
    scores = [OwnAttackDetector(network, description).score_of(row) for row in outputs]
    return None, (min(scores), max(scores)), ()


def _norm_notes(norms: list[float], task: EmbedderDescription) -> tuple[str, ...]:
    looks_unit = max(abs(norm - 1.0) for norm in norms) < 1e-3
    if looks_unit and not task.unit:
        return ('all vectors have length 1: output.normalisation = "unit" would say so',)
    return ()


def _time_ms(network: OwnNetwork, batch: Batch) -> float:
    network.run(batch[:1])
    times = []
    for _ in range(_TIMED_RUNS):
        start = time.perf_counter()
        network.run(batch[:1])
        times.append(time.perf_counter() - start)
    return 1000.0 * median(times)

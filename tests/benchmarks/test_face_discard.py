"""Quality that predicts errors takes them away with the portraits it calls bad."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.face_discard import discard_document, portrait_discards
from benchmarks.accuracy.face_vectors import EmbeddedPortraits, embedded
from benchmarks.datasets import DataSet, SampleFile
from benchmarks.templates import Enrolled, Outcome
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.templates import FaceEmbedding, Template, TemplateFormat
from models.face.centres import unit_vectors

_PERSONS, _EACH, _DIMENSION = 60, 3, 32
_FORMAT = TemplateFormat(algorithm="toy", version="1", metric="cosine", dimension=_DIMENSION)


def _portraits(*, told: bool) -> EmbeddedPortraits:
    """One portrait in ten is mostly noise; where it is told, quality knows which."""
    random = np.random.default_rng(4)
    outcomes, samples = [], []
    for person in range(_PERSONS):
        face = random.normal(size=_DIMENSION)
        for number in range(_EACH):
            spoiled = (person * _EACH + number) % 10 == 0
            noise = random.normal(size=_DIMENSION) * (3.0 if spoiled else 0.3)
            vector = unit_vectors((face + noise)[None].astype(np.float32))[0]
            template = Template(
                format=_FORMAT,
                position=Position.FACE,
                body=FaceEmbedding(vector=vector, raw_norm=1.0),
                quality=QualityScore(value=10 if spoiled and told else 50, algorithm="toy/1"),
            )
            outcomes.append(Outcome(template=template, failure=None))
            name = f"{person}/{number}.png"
            samples.append(SampleFile(name=name, path=Path(name), subject=str(person)))
    outcomes.append(Outcome(template=None, failure="no_face"))
    samples.append(SampleFile(name="0/none.png", path=Path("0/none.png"), subject="0"))
    enrolled = Enrolled(data=DataSet(name="toy", samples=tuple(samples)), outcomes=tuple(outcomes))
    return embedded(enrolled, _DIMENSION)


def test_errors_go_with_the_portraits_that_quality_calls_bad() -> None:
    rates = discard_document(portrait_discards(_portraits(told=True), replicates=20))["discard"]["without_worst"]
    assert rates["0"]["fnmr"] > 10.0
    assert rates["0.1"]["fnmr"] < 1.0


def test_quality_that_knows_nothing_leaves_the_errors() -> None:
    rates = discard_document(portrait_discards(_portraits(told=False), replicates=20))["discard"]["without_worst"]
    assert rates["0.1"]["fnmr"] == pytest.approx(rates["0"]["fnmr"], rel=0.5)
    assert discard_document({}) == {}

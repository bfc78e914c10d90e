"""Embeds the portraits of a population; nothing of them is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import ConfigurationError, ProcessingError, SampleError
from biometrics.extraction import Extractor
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import Template
from enrollment.population.portraits import Portrait


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddedPopulation:
    """The portraits that gave a template, and why others did not.

    Parameters
    ----------
    portraits
        Those with a template.
    vectors
        float32 [portraits, dimension] of unit norm.
    failures
        How many portraits gave no template, by reason.
    """

    portraits: tuple[Portrait, ...]
    vectors: Vectors
    failures: Counter[str]

    @property
    def persons(self) -> Ids:
        """Number of the person each portrait shows, int64 [portraits]."""
        return np.unique([portrait.person for portrait in self.portraits], return_inverse=True)[1].astype(np.int64)


def embed_population(
    portraits: Sequence[Portrait], extractor: Extractor, *, threads: int, progress: Progress = no_progress
) -> EmbeddedPopulation:
    """Extract every portrait; one that cannot be read or has no usable face is counted and left out.

    Raises
    ------
    ConfigurationError
        When a portrait is simulated: decisions about people cannot rest on it.
    SampleError
        When not one gave a template.
    """
    kept, vectors, failures = [], [], Counter[str]()
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="extract")
    try:
        for done, found in enumerate(pool.map(lambda portrait: _template(portrait, extractor), portraits)):
            progress(done, len(portraits), "extracting")
            if isinstance(found, Template):
                kept.append(portraits[done])
                vectors.append(found.embedding.vector)
            else:
                failures[found] += 1
    finally:
        pool.shutdown(cancel_futures=True)
    progress(len(portraits), len(portraits), "extracting")
    if not kept:
        raise SampleError(
            f"none of {len(portraits)} portraits could be used: {failures.most_common(1)[0][0]}",
            remedy="check that the pictures show one face each",
        )
    return EmbeddedPopulation(portraits=tuple(kept), vectors=np.stack(vectors), failures=failures)


def _template(portrait: Portrait, extractor: Extractor) -> Template | str:
    """Return the template of a portrait, or why there is none."""
    try:
        image = read_image(portrait.path)
        sample = BiometricSample(
            position=Position.FACE, pixels=image.pixels, captured_at=now_utc(), simulated=image.simulated
        )
        extraction = extractor.extract(sample)
    except (SampleError, ProcessingError) as error:
        return error.kind
    if image.simulated:
        raise ConfigurationError(
            "the portrait is simulated; decisions about people cannot rest on it",
            source=portrait.name,
            remedy="calibrate on portraits of the people served",
        )
    return extraction.template or "+".join(reason.value for reason in extraction.reasons)

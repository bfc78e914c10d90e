"""Scores of simulated persons, as they come from a population."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.vector_population.parameters import Fitted
from benchmarks.vector_population.population import Population
from benchmarks.vector_population.scores import BlockScores
from biometrics.positions import Modality
from matching.vectors.layout import Layout


def simulated_scores(layout: Layout, persons: int, seed: int, fitted: Mapping[Modality, Fitted]) -> BlockScores:
    """Return the score of every two of so many simulated persons, and of each with another sample of theirs."""
    people = Population(layout=layout, persons=persons, seed=seed, chunk_rows=persons, fitted=fitted)
    enrolled = people.chunk(0)
    again = people.probes(enrolled.persons)
    scores = enrolled.vectors @ enrolled.vectors.T
    return BlockScores(
        strangers=scores[np.triu_indices(persons, k=1)],
        mates=np.einsum("ij,ij->i", enrolled.vectors, again.vectors),
    )

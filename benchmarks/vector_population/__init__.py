"""Simulated persons as vectors, whose scores are distributed like measured ones: populations of any size."""

from benchmarks.vector_population.population import (
    CHUNK_ROWS,
    Population,
    SimulatedRows,
    plain_layout,
    population,
)
from benchmarks.vector_population.presence import COMPLETE, NATIONAL, Mix

__all__ = ["CHUNK_ROWS", "COMPLETE", "NATIONAL", "Mix", "Population", "SimulatedRows", "plain_layout", "population"]

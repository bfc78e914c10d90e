"""Populations of simulated persons, for demonstrations, tests and load. Nobody in them exists."""

from enrollment.simulation.people import (
    SimulatedPerson,
    people,
    person_at,
)
from enrollment.simulation.plan import PlantedPair, PopulationPlan, Relation, planted_pairs
from enrollment.simulation.writing import WrittenPopulation, write_population

__all__ = [
    "PlantedPair",
    "PopulationPlan",
    "Relation",
    "SimulatedPerson",
    "WrittenPopulation",
    "people",
    "person_at",
    "planted_pairs",
    "write_population",
]

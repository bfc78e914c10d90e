"""Populations of simulated persons, for demonstrations, tests and load. Nobody in them exists."""

from enrollment.simulation.people import (
    BirthDate,
    BirthPlace,
    MissingReason,
    Precision,
    Sex,
    SimulatedPerson,
    people,
    person_at,
)
from enrollment.simulation.plan import PlantedPair, PopulationPlan, Relation, planted_pairs
from enrollment.simulation.writing import WrittenPopulation, write_population

__all__ = [
    "BirthDate",
    "BirthPlace",
    "MissingReason",
    "PlantedPair",
    "PopulationPlan",
    "Precision",
    "Relation",
    "Sex",
    "SimulatedPerson",
    "WrittenPopulation",
    "people",
    "person_at",
    "planted_pairs",
    "write_population",
]

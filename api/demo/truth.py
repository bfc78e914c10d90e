"""What a demo's population holds and what is known about it: who was planted, and what each finger was made to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from biometrics.positions import FOUR_FINGERS, Position
from devices.simulated import PatternClass, fingers_of
from enrollment.simulation import PopulationPlan, Relation, SimulatedPerson, people, planted_pairs

LEAST_PERSONS = 4
"""A duplicate and a twin must fit in."""

TAKEN = FOUR_FINGERS
"""Fingers that a demo captures."""

_PERSONS_PER_DUPLICATE = 8
_MISSING_SHARE = 0.1
"""More than the 1-2 % among people, so that a small demo shows some."""

Pair: TypeAlias = frozenset[str]
"""The labels of two persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the simulation knows and the registry is never told."""

    persons: dict[str, SimulatedPerson]
    duplicates: tuple[Pair, ...]
    twins: tuple[Pair, ...]

    def name(self, label: str) -> str:
        """Return the invented name under which somebody came."""
        person = self.persons[label]
        return f"{person.given_name} {person.surname}"

    def pattern(self, label: str, position: Position) -> PatternClass:
        """Return the class a finger was grown as."""
        person = self.persons[label]
        return fingers_of(person.genes, person.growth)[position].pattern


def demo_plan(persons: int, seed: int) -> PopulationPlan:
    """Return the population of a demo: every eighth person came before under another name, one is a twin."""
    duplicates = max(1, persons // _PERSONS_PER_DUPLICATE)
    return PopulationPlan(persons=persons, seed=seed, duplicates=duplicates, twins=1, missing_share=_MISSING_SHARE)


def truth_of(plan: PopulationPlan) -> Truth:
    """Return who is who in a population."""
    persons = tuple(people(plan))
    pairs: dict[Relation, list[Pair]] = {relation: [] for relation in Relation}
    for pair in planted_pairs(plan):
        pairs[pair.relation].append(frozenset((persons[pair.first].label, persons[pair.second].label)))
    return Truth(
        persons={person.label: person for person in persons},
        duplicates=tuple(pairs[Relation.SAME_PERSON]),
        twins=tuple(pairs[Relation.TWINS]),
    )

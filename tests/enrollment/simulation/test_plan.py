"""What is planted: exact counts, each with one earlier double, computed from the plan alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ConfigurationError
from enrollment.simulation.plan import PopulationPlan, Relation, planted_at, planted_pairs


@st.composite
def plans(draw: st.DrawFn) -> PopulationPlan:
    persons = draw(st.integers(1, 300))
    duplicates = draw(st.integers(0, persons // 2))
    twins = draw(st.integers(0, persons // 2 - duplicates))
    return PopulationPlan(persons=persons, seed=draw(st.integers(0, 2**70)), duplicates=duplicates, twins=twins)


@given(plan=plans())
def test_counts_are_exact_and_nobody_has_two_doubles(plan: PopulationPlan) -> None:
    pairs = list(planted_pairs(plan))
    relations = [pair.relation for pair in pairs]
    assert (relations.count(Relation.SAME_PERSON), relations.count(Relation.TWINS)) == (plan.duplicates, plan.twins)
    assert all(0 <= pair.first < pair.second < plan.persons for pair in pairs)
    assert len({index for pair in pairs for index in (pair.first, pair.second)}) == 2 * plan.planted


@given(plan=plans())
def test_an_index_alone_tells_whether_it_is_planted(plan: PopulationPlan) -> None:
    found = [planted_at(plan, index) for index in range(plan.persons)]
    assert [pair for pair in found if pair is not None] == list(planted_pairs(plan))
    assert all(pair is None or pair.second == index for index, pair in enumerate(found))


def test_twins_and_duplicates_are_spread_over_the_population() -> None:
    pairs = list(planted_pairs(PopulationPlan(persons=10_000, duplicates=100, twins=50)))
    for relation, count in ((Relation.SAME_PERSON, 100), (Relation.TWINS, 50)):
        early = sum(pair.relation is relation and pair.second < 5_000 for pair in pairs)
        assert abs(early - count / 2) <= 1
    distances = {pair.second - pair.first for pair in pairs}
    assert len(distances) > 30  # the earlier one is drawn, not always the neighbour


def test_another_seed_plants_others() -> None:
    first, second = (list(planted_pairs(PopulationPlan(persons=1_000, seed=seed, duplicates=20))) for seed in (1, 2))
    assert [pair.first for pair in first] != [pair.first for pair in second]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"persons": 0}, "population of 0"),
        ({"persons": 100_000_001}, "population of 100000001"),
        ({"persons": 5, "seed": -1}, "seed"),
        ({"persons": 5, "duplicates": -1}, "do not fit"),
        ({"persons": 5, "twins": -1, "duplicates": 2}, "do not fit"),
        ({"persons": 5, "duplicates": 2, "twins": 1}, "duplicates .2. and twins .1. do not fit among 5"),
        ({"persons": 5, "missing_share": 1.5}, "missing_share"),
        ({"persons": 5, "missing_share": float("nan")}, "missing_share"),
    ],
)
def test_impossible_plans_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        PopulationPlan(**arguments)

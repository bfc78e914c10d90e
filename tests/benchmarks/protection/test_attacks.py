"""Each attack finds what it must where it can, and the measurement says so."""

from __future__ import annotations

import numpy as np

from benchmarks.protection import attacks
from benchmarks.protection.linking import LINKING, Rows, inner
from benchmarks.protection.measuring import Mates, from_galleries, from_known_pairs, without_knowledge
from benchmarks.protection.sources import simulated
from benchmarks.protection.table import document, lines
from matching.rotation import VectorRotation

PERSONS, DIMENSION = 400, 16


def rows(seed: int, count: int = PERSONS) -> Rows:
    """Return persons whose numbers are neither equally spread nor symmetric, as those of models are."""
    draws = np.random.default_rng(seed)
    made = draws.gamma(2.0, 1.0, (count, DIMENSION)) * np.linspace(1.0, 3.0, DIMENSION)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


def turned(some: Rows, number: int) -> Rows:
    key = number.to_bytes(32, "big")
    return VectorRotation(key).turn("face", some.astype(np.float32)).astype(np.float64)


def rank_1(table: Rows) -> float:
    return float((table.argmax(axis=1) == np.arange(len(table))).mean())


def mates(*, same: bool) -> Mates:
    first = rows(1)
    second = first if same else first + np.random.default_rng(2).normal(0, 0.02, first.shape)
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (first, second)]
    kind = "the same sample" if same else "another sample"
    return Mates(name=f"toys, {kind}", first=unit[0].astype("f4"), second=unit[1].astype("f4"), simulated=True)


def test_without_knowledge_nobody_is_found() -> None:
    one, other = turned(rows(1), 1), turned(rows(1), 2)
    for name, linking in LINKING.items():
        assert rank_1(linking(one, other)) < 0.05, name
    assert rank_1(inner(one, one)) == 1.0


def test_two_galleries_of_the_same_templates_are_aligned() -> None:
    one, other = turned(rows(1), 1), turned(rows(1), 2)
    assert rank_1(inner(attacks.by_moments(one, other), other)) == 1.0
    assert rank_1(attacks.by_profiles(one, other)) > 0.95
    assert rank_1(inner(attacks.by_profiles_refined(one, other), other)) == 1.0


def test_as_many_known_pairs_as_dimensions_give_the_rotation() -> None:
    one, other = turned(rows(1), 1), turned(rows(1), 2)
    found = attacks.by_known_pairs(one, other, DIMENSION + 2)
    np.testing.assert_allclose(found, other, atol=1e-4)
    few = attacks.by_known_pairs(one, other, 1)
    assert rank_1(few[1:] @ other[1:].T) < 0.1
    np.testing.assert_allclose(one @ attacks.rotation_between(one[:DIMENSION], other[:DIMENSION]), other, atol=1e-4)


def test_the_measurement_tells_all_of_it() -> None:
    tables = {
        "Without knowledge": list(without_knowledge(mates(same=False))),
        "Two whole galleries": list(from_galleries(mates(same=True))),
        "Persons who are known in both": list(from_known_pairs(mates(same=True))),
    }
    inside, *across = tables["Without knowledge"]
    assert inside.told.value > 0.9 and inside.rank_1 > 0.95
    assert all(row.told.value < 0.1 and row.rank_1 < 0.05 for row in across)
    assert tables["Two whole galleries"][0].rank_1 == 1.0
    known = {row.attack: row.rank_1 for row in tables["Persons who are known in both"]}
    assert known["1 known"] < 0.1 and known["16 known"] > 0.95 and "32 known" not in known
    assert document(tables)["Without knowledge"][0]["told"]["mated"] == PERSONS
    assert sum(line.startswith("| toys") for line in lines(tables)) == sum(map(len, tables.values()))


def test_simulated_persons_are_as_far_from_their_mates_as_those_they_are_like() -> None:
    like = mates(same=False)
    another, same = simulated(like, 500)
    assert another.simulated and len(another.first) == 500
    np.testing.assert_array_equal(same.first, same.second)
    ours, theirs = (float(np.median((one.first * one.second).sum(axis=1))) for one in (another, like))
    assert abs(ours - theirs) < 0.02

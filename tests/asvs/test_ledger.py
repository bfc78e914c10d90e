"""The ledger is whole: every requirement once, every state known, every test there."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

import pytest

from tests.asvs.ledger import STATES, Row, required, rows
from tests.asvs.source import ROOT


def test_every_requirement_of_levels_1_and_2_is_there_once() -> None:
    assert len(required()) == 253
    assert Counter(required().values()) == {1: 70, 2: 183}
    told = [number for row in rows() for number in row.numbers]
    assert sorted(told) == sorted(required())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.numbers[0])
def test_a_row_says_what_it_must(row: Row) -> None:
    assert row.state in STATES
    if row.state == "met":
        assert row.tests
    if row.state == "partly":
        assert row.tests
        assert len(row.told.partition("`")[0]) > 15, "what is missing is not said"
    if row.state in ("not met", "n/a"):
        assert len(row.told) >= 8, "why is not said"
    missing = [f"{file}::{name}" for file, name in row.tests if name not in _tests_of(file)]
    assert missing == []


@cache
def _tests_of(file: str) -> frozenset[str]:
    """Return the tests of a file that pytest collects."""
    path = ROOT / "tests" / file
    if not path.is_file() or not path.name.startswith("test_"):
        return frozenset()
    tree = ast.parse(path.read_text())
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_what_is_not_met_is_counted() -> None:
    """Whoever changes a state changes this; the same figures stand in nobody's advertisement."""
    counted = Counter(row.state for row in rows() for _ in row.numbers)
    assert sum(counted.values()) == 253
    assert counted["not met"] == 3

from __future__ import annotations

import pytest

from enrollment.drafts.expressions import Comparison, Expression, all_hold

PERSON: dict[str, object] = {"firstName": "Awa", "dateOfBirth": "1990-12-31", "visits": 3, "resident": True}


def holds(attribute: str, word: str, value: object) -> bool:
    return Expression(attribute=attribute, comparison=Comparison(word), value=value).holds(PERSON)


@pytest.mark.parametrize(
    ("attribute", "word", "value", "expected"),
    [
        ("firstName", "=", "Awa", True),
        ("firstName", "=", "awa", False),
        ("firstName", "!=", "Ami", True),
        ("firstName", "!=", "Awa", False),
        ("dateOfBirth", "<", "1991-01-01", True),
        ("dateOfBirth", "<", "1990-12-31", False),
        ("dateOfBirth", "<=", "1990-12-31", True),
        ("dateOfBirth", ">", "1990-12-30", True),
        ("dateOfBirth", ">=", "1991-01-01", False),
        ("visits", "=", 3.0, True),
        ("visits", ">", 2, True),
        ("visits", "<", 2.5, False),
        ("visits", "=", "3", True),
        ("visits", "=", "3.0", True),
        ("visits", "!=", "3", False),
        ("visits", "<", "4", True),
        ("visits", "<", "30", True),
        ("visits", ">", "-1e2", True),
        ("visits", "=", "three", False),
        ("visits", "!=", "three", True),
        ("visits", "<", "9" * 50, False),
        ("visits", "=", "0x3", False),
        ("firstName", "=", "3", False),
        ("resident", "=", True, True),
        ("resident", "!=", False, True),
        ("resident", "=", 1, False),
        ("resident", ">=", True, False),
        ("visits", "=", True, False),
    ],
)
def test_single_values_are_compared_with_their_own_kind(
    attribute: str, word: str, value: object, expected: bool
) -> None:
    assert holds(attribute, word, value) is expected


@pytest.mark.parametrize("word", [one.value for one in Comparison])
def test_nothing_holds_of_an_attribute_that_is_not_there(word: str) -> None:
    assert not holds("lastName", word, "Traore")


def test_every_expression_must_hold_and_none_asks_nothing() -> None:
    awa = Expression(attribute="firstName", comparison=Comparison.EQUAL, value="Awa")
    often = Expression(attribute="visits", comparison=Comparison.GREATER, value=5)
    assert all_hold([], PERSON)
    assert all_hold([awa], PERSON)
    assert not all_hold([awa, often], PERSON)

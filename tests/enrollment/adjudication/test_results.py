"""Why a computer answered yes, no or nobody, in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from biometrics.records import Actor, ActorRole, AuditEvent
from enrollment.adjudication.results import explain_result
from registry.access import PERSON_VERIFIED, PERSONS_IDENTIFIED

BANK = Actor(name="bank", role=ActorRole.SYSTEM, purpose="account", client="bank")
RULE = {
    "policy": "2026-1",
    "largest_fmr": 1e-4,
    "models": {"finger": "print/3"},
    "calibrations": {"finger": "measured group"},
}
NO: dict[str, Any] = {"persons": 1, "answer": "no", "compared": ["left_thumb", "right_index"], "reasons": [], **RULE}
NOBODY: dict[str, Any] = RULE | {
    "persons": 0,
    "answer": "nobody",
    "compared": ["face"],
    "gallery_size": 12000,
    "compared_persons": 11999,
    "complete": False,
}


def told(
    details: dict[str, Any], language: str = "en", action: str = PERSON_VERIFIED, actor: Actor | None = BANK
) -> str:
    event = AuditEvent(
        sequence=4711,
        at=datetime(2026, 11, 27, 8, 5, tzinfo=UTC),
        action=action,
        subject_id=None,
        details=details,
        actor=actor,
    )
    return "\n".join(explain_result(event, language))


def test_a_no_is_explained_without_a_score() -> None:
    text = told(NO)
    assert text.startswith("On 27 November 2026 at 08:05 (UTC), bank asked whether somebody was you. Purpose: account.")
    assert "left thumb, right index finger" in text
    assert "The answer was no" in text and "one among 10,000 pairs" in text
    assert "print/3" in text and "measured group" in text and "4711" in text
    assert "no decision that concerns you may rest on it alone" in text


def test_a_search_that_found_nobody_says_among_how_many_and_that_it_was_not_complete() -> None:
    text = told(NOBODY, "fr", PERSONS_IDENTIFIED)
    assert "Personne n'a été proposé comme ressemblant, sur 11\u202f999 personnes comparées." in text
    assert "n'était pas complète" in text and "visage" in text


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "details",
    [
        NO,
        NO | {"answer": "yes"},
        NO | {"answer": "not_comparable", "compared": []},
        NO | {"answer": "unusable", "compared": [], "models": {}, "calibrations": {}},
        NOBODY,
        NOBODY | {"answer": "listed", "compared_persons": 1},
        {"persons": 1, "stated": ["given", "sex"], "agreed": ["sex"]},
        {"persons": 1, "stated": ["family", "nationality", "birth_date"], "agreed": []},
        {"persons": 1},
    ],
)
def test_whatever_the_trail_keeps_is_explained(details: dict[str, Any], language: str) -> None:
    for actor in (BANK, Actor(name="clerk"), None):
        text = told(details, language, actor=actor)
        assert re.search(r"[{}]", text) is None and "clerk" not in text

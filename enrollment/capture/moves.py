"""How a step of a capture session goes on: which move leads from which phase to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from biometrics.errors import CaptureMoveError


class Phase(Enum):
    """Where a step stands."""

    OPEN = "open"
    """It is to be presented, for the first time or again."""

    ASKED = "asked"
    """Fewer fingers were seen than expected: somebody says which are missing, or that they were not pressed."""

    EXHAUSTED = "exhausted"
    """Tried as often as the policy allows; somebody decides about the best try."""

    ACCEPTED = "accepted"
    EXCEPTED = "excepted"
    """Exceptions excuse all of it."""

    SEPARATED = "separated"
    """Its fingers are captured one by one, in steps of their own."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self in (Phase.ACCEPTED, Phase.EXCEPTED, Phase.SEPARATED)


class Move(Enum):
    """What can be done to a step."""

    OFFER = "offer"
    RECAPTURE = "recapture"
    EXCEPT = "except"
    ACCEPT_BEST = "accept_best"
    ALLOW_MORE = "allow_more"
    GIVE_UP = "give_up"
    SEPARATE = "separate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


_TRIED = frozenset({Phase.OPEN, Phase.ASKED, Phase.EXHAUSTED, Phase.ACCEPTED})
_LEFT = frozenset({Phase.OPEN, Phase.ASKED, Phase.EXHAUSTED, Phase.ACCEPTED, Phase.EXCEPTED})
_AGAIN = frozenset({Phase.OPEN})

MOVES: Mapping[Move, Mapping[Phase, frozenset[Phase]]] = {
    Move.OFFER: {Phase.OPEN: _TRIED},
    Move.RECAPTURE: {Phase.ASKED: frozenset({Phase.OPEN, Phase.EXHAUSTED})},
    Move.EXCEPT: {Phase.OPEN: _LEFT, Phase.ASKED: _LEFT, Phase.EXHAUSTED: _LEFT},
    Move.ACCEPT_BEST: {Phase.EXHAUSTED: frozenset({Phase.ACCEPTED})},
    Move.ALLOW_MORE: {Phase.EXHAUSTED: _AGAIN},
    Move.GIVE_UP: {Phase.OPEN: frozenset({Phase.EXHAUSTED})},
    Move.SEPARATE: dict.fromkeys((Phase.OPEN, Phase.ASKED, Phase.EXHAUSTED), frozenset({Phase.SEPARATED})),
    Move.REOPEN: {Phase.ACCEPTED: _AGAIN},
    Move.WITHDRAW: dict.fromkeys(_LEFT, _AGAIN),
}
"""From which phases a move starts, and to which it may lead."""


def check_start(step: str, move: Move, phase: Phase) -> None:
    """Refuse a move that does not start at a phase.

    Raises
    ------
    CaptureMoveError
        Naming the step, and what can be done instead.
    """
    if phase not in MOVES[move]:
        possible = [other.value for other, starts in MOVES.items() if phase in starts]
        raise CaptureMoveError(
            f"{move.value} is not possible for {step}, which is {phase.value}",
            remedy=f"possible is {', '.join(possible)}" if possible else "go on with the other steps",
        )


def check_end(move: Move, start: Phase, end: Phase) -> None:
    """Hold the table: a move that ends elsewhere is a mistake of ours."""
    assert end in MOVES[move][start], f"{move.value} leads from {start.value} to {end.value}"

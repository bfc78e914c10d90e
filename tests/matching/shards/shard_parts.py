"""Shards for tests: of the toy gallery, and of galleries that misbehave."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from biometrics.positions import Position
from biometrics.protocols import ReferenceChange
from biometrics.scores import Candidate, CandidateList
from matching.policy import DEFAULT_POLICY, Decision, decide
from matching.shards import LocalShard, Search, Shard, ShardSet, ShardState, shard_of
from tests.matching.parts import ToySource, face, finger, toy_gallery

ANSWER_WITHIN_S = 20.0
"""Long enough for a busy machine; tests of lateness set their own."""


def open_shard() -> Shard:
    return LocalShard(toy_gallery())


def shard_set(shards: int, opener: Callable[[], Shard] = open_shard) -> ShardSet:
    return ShardSet([opener] * shards, answer_within_s=ANSWER_WITHIN_S)


def decided(found: CandidateList) -> Decision:
    return decide(found, DEFAULT_POLICY)


class Misbehaving(LocalShard):
    """Does to the first search what it is told to; a marker file tells the next one of this kind to behave."""

    def __init__(self, how: str, marker: Path) -> None:
        super().__init__(toy_gallery())
        self._how = how
        self._marker = marker

    def search(self, asked: Search) -> tuple[CandidateList, ...]:
        if self._marker.exists():
            return super().search(asked)
        self._marker.touch()
        return self._misbehave(asked)

    def _misbehave(self, asked: Search) -> tuple[CandidateList, ...]:
        found = super().search(asked)
        if self._how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._how == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self._how == "slow":
            time.sleep(4.0)
        if self._how == "raise":
            raise RuntimeError("a defect")
        if self._how == "memory":
            raise MemoryError
        if self._how == "fewer":
            return found[:-1]
        if self._how == "foreign":
            return tuple(replace(one, candidates=_renamed(one)) for one in found)
        if self._how == "earlier":
            return tuple(replace(one, generation=0) for one in found)
        if self._how == "nonsense":
            return [None] * len(found)  # type: ignore[return-value]
        return found


def _renamed(found: CandidateList) -> tuple[Candidate, ...]:
    """Return the candidates as persons of the other one of two shards."""
    return tuple(replace(one, subject_id=_elsewhere(one.subject_id)) for one in found.candidates)


def _elsewhere(subject_id: str) -> str:
    others = (f"{subject_id}-{number}" for number in range(100))
    return next(other for other in others if shard_of(other, 2) != shard_of(subject_id, 2))


def misbehaving(how: str, marker: Path) -> Callable[[], Shard]:
    return partial(Misbehaving, how, marker)


class Forgetful(LocalShard):
    """Says that it applied changes which it did not."""

    def apply(self, changes: Sequence[ReferenceChange]) -> ShardState:
        return super().apply(changes[:-1])


def population(*names: str) -> ToySource:
    source = ToySource()
    for number, name in enumerate(names):
        source.add(name, finger(Position.RIGHT_INDEX, 100.0 * number), face(1.0, 0.1 * number, 0.0, 0.0))
    return source

"""All shards asked at once and their answers merged; one that fails makes the answer incomplete."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeAlias, TypeVar

import structlog

from biometrics.errors import BiometricsError, ConfigurationError, GalleryError, TemplateError
from biometrics.protocols import ReferenceChange, ReferenceSource
from biometrics.scores import CandidateList
from matching.shards.assignment import seen_by, shard_of
from matching.shards.shard import Search, Shard, ShardState

Result = TypeVar("Result")

_Answer: TypeAlias = tuple[CandidateList, ...] | BiometricsError | None
"""Of one shard: its lists, why the question cannot be answered, or nothing."""

CHANGES_AT_ONCE = 256
"""Changes handed to a shard in one message: about 10 MB of templates at ten fingers and a face each."""

_log = structlog.get_logger(__name__)


class ShardSet:
    """A gallery in shards. Any number of threads may search while one follows the registry.

    A shard that fails, is late, or answers what cannot be is left out from then on, and every answer is incomplete
    until `follow` has opened it again and told it what it lacks.

    Parameters
    ----------
    openers
        Each opens one shard, empty or from its snapshot; their order says who is where.
    answer_within_s
        How long a search waits for every shard together.

    Raises
    ------
    ConfigurationError
        When there is no shard.
    """

    def __init__(self, openers: Sequence[Callable[[], Shard]], *, answer_within_s: float) -> None:
        if not openers:
            raise ConfigurationError("a gallery needs at least one shard")
        self._answer_within_s = answer_within_s
        self._slots = [_Slot(number, len(openers), opener) for number, opener in enumerate(openers)]
        self._following = threading.Lock()
        self._followed = 0

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the shards that are not there."""
        return tuple(slot.number for slot in self._slots if slot.shard is None)

    @property
    def size(self) -> int:
        """Persons in all shards, as they last said."""
        return sum(slot.held.persons for slot in self._slots)

    @property
    def generation(self) -> int:
        """The last change that every shard has applied, as they last said."""
        return min(slot.held.generation for slot in self._slots)

    def follow(self, source: ReferenceSource) -> None:
        """Open the shards that are missing and have every shard apply the changes that it lacks.

        The changes are read once for all. A shard that cannot be opened or fails stays missing.
        """
        with self._following, ThreadPoolExecutor(len(self._slots)) as pool:
            list(pool.map(_Slot.open, self._slots))
            there = [slot for slot in self._slots if slot.shard is not None]
            if not there:
                return
            since = min(slot.held.generation for slot in there)
            for changes in _pieces(source.changes_since(since)):
                list(pool.map(_Slot.apply, there, [changes] * len(there)))
                self._followed = max(self._followed, changes[-1].sequence)

    def search(self, asked: Search) -> tuple[CandidateList, ...]:
        """Search all shards and return the merged candidates of each probe.

        Where a shard is missing or behind, every list says that it is not complete; what the shard held counts in its
        size.

        Raises
        ------
        TemplateError, ConfigurationError
            When the probes cannot be compared with what is held.
        """
        deadline = time.monotonic() + self._answer_within_s
        answers: list[_Answer] = [None] * len(self._slots)
        least = self._followed
        threads = [
            threading.Thread(target=_search_into, args=(answers, slot, asked, least), daemon=True)
            for slot in self._slots
        ]
        for thread in threads:
            thread.start()
        for slot, thread in zip(self._slots, threads, strict=True):
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                slot.drop("late")
        final = tuple(answers)  # what comes from now on is too late
        for answer in final:
            if isinstance(answer, BiometricsError):
                raise answer
        return tuple(self._merged(final, number) for number in range(len(asked.probes)))

    def _merged(self, answers: Sequence[_Answer], number: int) -> CandidateList:
        lists = [answer[number] for answer in answers if isinstance(answer, tuple)]
        silent = [slot for slot, answer in zip(self._slots, answers, strict=True) if answer is None]
        candidates = [candidate for one in lists for candidate in one.candidates]
        return CandidateList(
            candidates=tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.subject_id))),
            gallery_size=sum(one.gallery_size for one in lists) + sum(slot.held.persons for slot in silent),
            compared=sum(one.compared for one in lists),
            # A shard that is further on is no harm: whoever refreshes from here compares once more what it knew.
            generation=min((one.generation for one in lists), default=0),
            complete=not silent and all(one.complete for one in lists),
        )

    def snapshot(self) -> None:
        """Have every shard that is there keep a snapshot.

        Raises
        ------
        GalleryError
            When one of them did not; the others have.
        """
        with self._following, ThreadPoolExecutor(len(self._slots)) as pool:
            kept = list(pool.map(_Slot.snapshot, self._slots))
        if not all(kept):
            failed = ", ".join(str(number) for number, one in enumerate(kept) if not one)
            raise GalleryError(f"no snapshot of shard {failed} was kept", remedy="look at the log for the reason")

    def close(self) -> None:
        """End all shards."""
        for slot in self._slots:
            slot.drop("closed")


class _Slot:
    """The place of one shard, and what it last said it holds."""

    def __init__(self, number: int, shards: int, opener: Callable[[], Shard]) -> None:
        self.number = number
        self.shard: Shard | None = None
        self.held = ShardState(generation=0, persons=0)
        self._shards = shards
        self._opener = opener

    def open(self) -> None:
        if self.shard is None:
            self.shard = self._attempt(self._opener)
            state = self._ask(lambda shard: shard.state())
            self.held = state or self.held

    def apply(self, changes: Sequence[ReferenceChange]) -> None:
        lacking = [change for change in changes if change.sequence > self.held.generation]
        mine = [seen_by(change, self.number, self._shards) for change in lacking]
        if mine:
            state = self._ask(lambda shard: shard.apply(mine))
            if state is not None and state.generation != mine[-1].sequence:
                self.drop(f"at change {state.generation} instead of {mine[-1].sequence}")
            self.held = state or self.held

    def search(self, asked: Search, least: int) -> tuple[CandidateList, ...] | None:
        """Return the shard's answer; None when there is none, or it is from before the change `least`."""
        answer = self._ask(lambda shard: shard.search(asked))
        if answer is not None and not self._possible(answer, asked):
            self.drop("answered what cannot be")
            return None
        return None if answer is None or any(one.generation < least for one in answer) else answer

    def snapshot(self) -> bool:
        return self._ask(lambda shard: shard.snapshot()) is not None

    def drop(self, because: str) -> None:
        """Leave the shard out; it is opened anew."""
        shard, self.shard = self.shard, None
        if shard is not None:
            _log.warning("shard.dropped", shard=self.number, because=because)
            shard.close()

    def _ask(self, question: Callable[[Shard], Result]) -> Result | None:
        shard = self.shard
        return None if shard is None else self._attempt(lambda: question(shard))

    def _attempt(self, deed: Callable[[], Result]) -> Result | None:
        try:
            return deed()
        except (TemplateError, ConfigurationError):
            raise  # the question is at fault
        except Exception as error:  # noqa: BLE001 - whatever a shard dies of, the others go on
            _log.warning("shard.failed", shard=self.number, error=type(error).__name__, because=str(error))
            self.drop("failed")
            return None

    def _possible(self, answer: object, asked: Search) -> bool:
        if not isinstance(answer, tuple) or len(answer) != len(asked.probes):
            return False
        return all(isinstance(one, CandidateList) and self._is_own(one) for one in answer)

    def _is_own(self, one: CandidateList) -> bool:
        return all(shard_of(candidate.subject_id, self._shards) == self.number for candidate in one.candidates)


def _search_into(answers: list[_Answer], slot: _Slot, asked: Search, least: int) -> None:
    try:
        answers[slot.number] = slot.search(asked, least)
    except BiometricsError as error:
        answers[slot.number] = error


def _pieces(changes: Iterable[ReferenceChange]) -> Iterator[tuple[ReferenceChange, ...]]:
    remaining = iter(changes)
    while piece := tuple(islice(remaining, CHANGES_AT_ONCE)):
        yield piece

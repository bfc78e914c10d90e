"""Searches of one population: times beside FAISS's, and whether the answers are what they must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.figures import Figure
from benchmarks.search import bandwidth
from benchmarks.search.contest import Contest, hold
from benchmarks.search.galleries import Searched, answers_of
from benchmarks.search.peers import Peer, flat_peer
from benchmarks.search.people import Queries
from benchmarks.search.rows import Row
from benchmarks.search.truth import Limits, Wanted, all_agree, wanted_answers
from benchmarks.timing import Call
from benchmarks.vector_population.rows import Rows
from biometrics.protocols import Progress, no_progress
from matching.vectors.requests import Found

OURS, PEER = "ours", "peer"
ONE, TWO = "one thread", "two threads"

GIGA = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a population.

    Parameters
    ----------
    name
        Of the row.
    batch
        Probes at once.
    rate
        Strangers who reach the limits, of all.
    k
        The so many best, too; None for those above the limits only.
    """

    name: str
    batch: int
    rate: float
    k: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """How near a scan by one probe comes to reading the codes.

    Parameters
    ----------
    reading_gbs, scanning_gbs
        Billions of bytes a second: of a plain buffer, and of codes.
    fraction
        Median of the rounds' own ratios.
    """

    reading_gbs: float
    scanning_gbs: float
    fraction: float


@dataclass(slots=True, kw_only=True, eq=False)
class OneToMany:
    """Measures searches of one population.

    Parameters
    ----------
    searched
        With a flat index.
    queries
        As many as the largest batch.
    kernel
        What scans, for the rows.
    progress
        Where progress is shown.
    known_limits
        By rate, those that were asked for.
    """

    searched: Searched
    queries: Queries
    kernel: str
    progress: Progress = no_progress
    known_limits: dict[float, Limits] = field(default_factory=dict)
    _truths: dict[tuple[float, int | None], tuple[Wanted, ...]] = field(default_factory=dict, init=False)

    def limits(self, rate: float) -> Limits:
        """Return by shared blocks the score that strangers reach at a rate."""
        if rate not in self.known_limits:
            self.known_limits[rate] = self.searched.limits(rate)
        return self.known_limits[rate]

    def row(self, question: Question) -> Row:
        """Time a search beside FAISS's and check every answer."""
        peer = self._peer(question)
        return self._row(question, peer, self._contest(question, peer, {}))

    def row_and_bandwidth(self, question: Question) -> tuple[Row, Bandwidth]:
        """Do the same, with plain reading of memory in the same rounds."""
        peer, reading = self._peer(question), bandwidth.reading_calls()
        contest = self._contest(question, peer, reading)
        fastest = min(reading, key=lambda name: contest.times[name].processor_ms().value)
        ours, read = contest.times[OURS].processor_s, contest.times[fastest].processor_s
        code_bytes = self.searched.code_bytes
        fractions = [code_bytes / own / (bandwidth.BUFFER_BYTES / other) for own, other in zip(ours, read, strict=True)]
        reached = Bandwidth(
            reading_gbs=bandwidth.BUFFER_BYTES / GIGA / float(np.median(read)),
            scanning_gbs=code_bytes / GIGA / float(np.median(ours)),
            fraction=float(np.median(fractions)),
        )
        return self._row(question, peer, contest), reached

    def scaling(self, question: Question) -> Row:
        """Time a search on two threads beside the same on one, by the clock."""
        calls = {ONE: self._ask(question, threads=1), TWO: self._ask(question, threads=2)}
        contest = hold(calls, what=question.name, progress=self.progress)
        alone = contest.times[ONE].wall_ms(question.batch)
        return replace(
            self._own_row(question, contest.times[TWO].wall_ms(question.batch), threads=2),
            peer=ONE,
            peer_ms=alone.value,
            ratio=contest.wall_ratio(ONE, TWO).value,
            further={"best_ratio": contest.best_wall_ratio(ONE, TWO), "others_cores": contest.others_cores},
        )

    def _contest(self, question: Question, peer: Peer, further: Mapping[str, Call]) -> Contest:
        calls = {OURS: self._ask(question), PEER: peer.call, **further}
        return hold(calls, what=f"{question.name}, {question.batch} at once", progress=self.progress)

    def _ask(self, question: Question, threads: int = 1) -> Callable[[], tuple[Found, ...]]:
        queries, limits = self.queries.first(question.batch), self.limits(question.rate)
        return lambda: self.searched.ask(queries, limits, k=question.k, threads=threads)

    def _peer(self, question: Question) -> Peer:
        vectors, limits = self.queries.first(question.batch).vectors, self.limits(question.rate)
        # The limit of those who share everything: a peer that knows of no masks applies one to all.
        return flat_peer(self.searched.flat, vectors, threshold=float(limits[-1]), k=question.k)

    def _row(self, question: Question, peer: Peer, contest: Contest) -> Row:
        ours, theirs = (contest.times[name].processor_ms(question.batch) for name in (OURS, PEER))
        operations = self.searched.code_bytes * question.batch * 2
        return replace(
            self._own_row(question, ours, threads=1),
            peer=peer.name,
            peer_ms=theirs.value,
            ratio=contest.ratio(PEER, OURS).value,
            further={
                "peer_tried_ms": peer.tried,
                "tera_operations_s": operations / (ours.value * question.batch * 1e-3) / 1e12,
                "ours_wall_ms": contest.times[OURS].wall_ms(question.batch).value,
                "others_cores": contest.others_cores,
            },
        )

    def _own_row(self, question: Question, ours: Figure, *, threads: int) -> Row:
        found = self._ask(question, threads)()
        return Row(
            name=question.name,
            exact=True,
            kernel=self.kernel,
            threads=threads,
            n=self.searched.persons,
            dim=self.searched.layout.width,
            batch=question.batch,
            ours_ms=ours.value,
            low_ms=ours.low,
            high_ms=ours.high,
            rounds=ours.counts["rounds"],
            identical=all_agree(answers_of(found), self._truth(question)[: question.batch]),
        )

    def _truth(self, question: Question) -> tuple[Wanted, ...]:
        asked = question.rate, question.k
        if asked not in self._truths:
            self._truths[asked] = wanted_answers(
                Rows(vectors=self.searched.vectors(), masks=self.searched.masks),
                Rows(vectors=self.queries.vectors, masks=self.queries.masks),
                self.limits(question.rate),
                k=question.k,
                progress=self.progress,
            )
        return self._truths[asked]

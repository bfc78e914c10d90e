"""A shard in a process of its own: a core each, and a failure that is its own."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, cast

from biometrics.errors import BiometricsError, ServiceError, ServiceLostError
from biometrics.protocols import ReferenceChange
from biometrics.scores import CandidateList
from matching.shards.shard import Search, Shard, ShardState

START_WITHIN_S = 120.0
"""A process that has not opened its shard by then is given up; a shard of a million persons opens in seconds."""

_END_WITHIN_S = 2.0


class ProcessShard:
    """A shard behind a pipe. After a failure or a late answer it is closed, since nobody knows what it is at.

    Only values of this program pass through the pipe, which no other process can open.

    Parameters
    ----------
    open_shard
        Makes the shard, in the new process; a function that can be pickled.
    answer_within_s
        An answer that takes longer is a failure.

    Raises
    ------
    ServiceLostError
        When the process cannot open its shard.
    """

    def __init__(self, open_shard: Callable[[], Shard], *, answer_within_s: float) -> None:
        self._answer_within_s = answer_within_s
        self._asking = threading.Lock()
        # A new interpreter: a fork would copy locks that other threads hold.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, open_shard), name="kura-shard", daemon=True)
        self._process.start()
        theirs.close()
        with self._asking:
            self._receive(START_WITHIN_S)

    @property
    def pid(self) -> int | None:
        """Number of the process."""
        return self._process.pid

    def state(self) -> ShardState:
        """Return what the shard holds."""
        return cast("ShardState", self._ask("state"))

    def apply(self, changes: Sequence[ReferenceChange]) -> ShardState:
        """Have changes applied."""
        return cast("ShardState", self._ask("apply", tuple(changes)))

    def search(self, asked: Search) -> tuple[CandidateList, ...]:
        """Have probes searched."""
        return cast("tuple[CandidateList, ...]", self._ask("search", asked))

    def snapshot(self) -> ShardState:
        """Have a snapshot kept."""
        return cast("ShardState", self._ask("snapshot"))

    def close(self) -> None:
        """End the process, by force where it does not listen."""
        self._pipe.close()
        self._process.join(0.0)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(_END_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _ask(self, what: str, *asked: Any) -> Any:
        with self._asking:
            try:
                self._pipe.send((what, asked))
            except (OSError, ValueError) as error:
                self.close()
                raise ServiceLostError("a shard of the gallery has ended", remedy="it is started again") from error
            return self._receive(self._answer_within_s)

    def _receive(self, within_s: float) -> Any:
        """Return the next answer, or raise what the shard raised; a shard that is not understood is closed."""
        try:
            if not self._pipe.poll(within_s):
                self.close()
                raise ServiceError(f"a shard of the gallery did not answer within {within_s:g} s")
            answer, error = self._pipe.recv()
        except ServiceError:
            raise
        except Exception as unreadable:  # whatever a half or a foreign answer makes of unpickling
            self.close()
            raise ServiceLostError("a shard of the gallery ended before it answered") from unreadable
        if error is not None:
            raise error
        return answer


def _serve(pipe: Connection, open_shard: Callable[[], Shard]) -> None:
    """Answer what comes through the pipe until it is closed."""
    try:
        shard = open_shard()
        pipe.send((None, None))
    except BiometricsError as error:
        pipe.send((None, error))
        return
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            what, asked = pipe.recv()
            pipe.send(_answer(shard, what, asked))
    shard.close()


def _answer(shard: Shard, what: str, asked: tuple[Any, ...]) -> tuple[Any, BiometricsError | None]:
    try:
        return getattr(shard, what)(*asked), None
    except BiometricsError as error:
        return None, error

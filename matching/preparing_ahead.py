"""Many changes made ready on all cores while those before them are applied."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from biometrics.errors import BiometricsError
from biometrics.protocols import ReferenceChange
from matching.preparing import PreparedChange, Preparer
from matching.state import State

TOGETHER = 16
"""Changes that are prepared together: their prints are described at once."""

FEWEST = 2 * TOGETHER
"""Fewer changes are left to whoever applies them: most of the time one or two wait."""


def prepared_ahead(
    changes: Iterable[ReferenceChange], preparer: Preparer, state: State, count: int
) -> Iterator[ReferenceChange | PreparedChange]:
    """Yield changes in their order, prepared where they are many; one that cannot be prepared comes as it is.

    Parameters
    ----------
    state
        Of the gallery before them.
    count
        How many there are, about.
    """
    if count < FEWEST:
        yield from changes
        return
    remaining, threads = iter(changes), len(os.sched_getaffinity(0))

    def prepare(some: list[ReferenceChange]) -> list[PreparedChange] | list[ReferenceChange]:
        try:
            return preparer.prepare_many(some, state.formats)
        except BiometricsError:
            return some  # whoever applies them finds which is at fault, after those before it

    with ThreadPoolExecutor(threads, thread_name_prefix="prepare") as pool:
        waiting: deque[Future[list[PreparedChange] | list[ReferenceChange]]] = deque()
        while some := list(islice(remaining, TOGETHER)):
            waiting.append(pool.submit(prepare, some))
            if len(waiting) > 2 * threads:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

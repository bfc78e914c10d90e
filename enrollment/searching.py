"""Searches that many threads ask for at once, made together: the gallery is read once for several."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from biometrics.errors import BiometricsError
from biometrics.scores import CandidateList
from biometrics.templates import Probe
from enrollment.gathering import Gathering
from matching.attributes import Only
from matching.gallery import Gallery

MOST_TOGETHER = 32
"""Probes in one search. More would gain little and let those behind them wait longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One probe, and which candidates are wanted for it."""

    probe: Probe
    largest_fmr: float
    limit: int | None
    only: Only | None


class SearchDesks:
    """Takes searches from any number of threads, on as many desks as there are cores.

    Whoever finds a free desk is searched at once; those who wait at one are searched together when it is free.

    Parameters
    ----------
    gallery
        Where to search.
    desks
        How many searches may run at a time; one per core by default.
    most
        Probes in one search.
    """

    def __init__(self, gallery: Gallery, *, desks: int | None = None, most: int = MOST_TOGETHER) -> None:
        self._gallery = gallery
        count = desks or len(os.sched_getaffinity(0))
        self._desks = [Gathering(self._search_together, most) for _ in range(count)]
        self._at = [0] * count
        self._choosing = threading.Lock()

    @property
    def gallery_size(self) -> int:
        """Subjects with at least one active reference."""
        return self._gallery.size

    def search(
        self, probe: Probe, *, largest_fmr: float, limit: int | None = None, only: Only | None = None
    ) -> CandidateList:
        """Return what `Gallery.search` does.

        Raises
        ------
        ConfigurationError, IncompatibleTemplatesError
            As `Gallery.search`; nobody else's search is hurt.
        """
        with self._choosing:
            shortest = self._at.index(min(self._at))
            self._at[shortest] += 1
        try:
            asked = _Asked(probe=probe, largest_fmr=largest_fmr, limit=limit, only=only)
            return self._desks[shortest].ask(asked)
        finally:
            with self._choosing:
                self._at[shortest] -= 1

    def _search_together(self, group: Sequence[_Asked]) -> list[CandidateList | Exception]:
        alike = len({one.only for one in group}) == 1 and all(one.limit is None or one.limit > 0 for one in group)
        if len(group) > 1 and alike:
            with suppress(BiometricsError):  # one of them is at fault: each is searched alone, to tell whose
                return [*self._search_at_once(group)]
        return [self._search_alone(one) for one in group]

    def _search_at_once(self, group: Sequence[_Asked]) -> list[CandidateList]:
        # Thresholds differ a little, as the gallery grew while they waited: the laxest is searched, each keeps its own.
        laxest = max(one.largest_fmr for one in group)
        found = self._gallery.search_many([one.probe for one in group], largest_fmr=laxest, only=group[0].only)
        return [_kept(one, answer) for one, answer in zip(group, found, strict=True)]

    def _search_alone(self, one: _Asked) -> CandidateList | Exception:
        try:
            return self._gallery.search(one.probe, largest_fmr=one.largest_fmr, limit=one.limit, only=one.only)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            return error


def _kept(asked: _Asked, found: CandidateList) -> CandidateList:
    near = [candidate for candidate in found.candidates if candidate.fmr.value <= asked.largest_fmr]
    return replace(found, candidates=tuple(near[: asked.limit]))

"""Whom to compare first: the persons whose finger descriptors are most like a probe's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids
from biometrics.errors import ConfigurationError, GalleryError
from biometrics.positions import Modality, Position
from biometrics.templates import MinutiaSet
from matching.descriptor import FingerDescriptor
from matching.descriptor.index import DescriptorIndex, Likenesses

Fingers: TypeAlias = Mapping[Position, FingerDescriptor]
"""Descriptors of one person's fingers."""

Others: TypeAlias = Int64[NDArray[np.int64], " others"]
Rows: TypeAlias = Int64[NDArray[np.int64], " rows"]
Totals: TypeAlias = Int64[NDArray[np.int64], " people"]

LEAST_GALLERY = 10_000
"""Persons; to compare fewer exhaustively takes a tenth of a second a finger at 100,000 comparisons a second."""

LEAST_FINGERS = 2
"""Good prints a probe needs; with one alone too many mates would be lost (docs/accuracy.md)."""

GOOD_PRINT = 15
"""Minutiae of a good print. On FVC2002 set B three in eight of the prints with fewer did not find their mate first, of
those with more one in thirty."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlist:
    """The persons to compare a probe with.

    Parameters
    ----------
    subjects
        int64 [listed] most alike first, of equals the lower number first.
    likenesses
        int64 [listed] sums over the fingers that both have.
    unranked
        int64 [unranked] ascending: persons without a described finger that the probe has too. Nothing is known of
        them, so they must be compared as well.
    gallery_size
        Persons in all.
    """

    subjects: Ids
    likenesses: Ids
    unranked: Others
    gallery_size: int


def shortlist_serves(prints: Mapping[Position, MinutiaSet], gallery_size: int) -> bool:
    """Say whether a shortlist may stand before the comparison; where not, everybody is to be compared.

    It may not for small galleries, for probes of fewer than two good prints, and for fingers whose position is unknown.
    """
    good = sum(len(one) >= GOOD_PRINT for one in prints.values())
    return gallery_size >= LEAST_GALLERY and good >= LEAST_FINGERS and Position.UNKNOWN not in prints


class _Rows:
    """The descriptors of one position, and whose they are."""

    def __init__(self) -> None:
        self._index = DescriptorIndex()
        self._owners: Rows = np.empty(0, dtype=np.int64)

    @property
    def owners(self) -> Ids:
        return self._owners[: len(self._index)]

    def append(self, owned: Sequence[tuple[int, FingerDescriptor]]) -> None:
        first, last = len(self._index), len(self._index) + len(owned)
        if last > len(self._owners):
            self._owners = np.concatenate((self._owners, np.empty(last, dtype=np.int64)))
        self._owners[first:last] = [number for number, _ in owned]
        self._index.append([descriptor for _, descriptor in owned])

    def drop(self, number: int) -> None:
        kept = self.owners != number
        if not kept.all():
            self._owners = self.owners[kept]
            self._index.keep(kept)

    def likenesses(self, probe: FingerDescriptor) -> Likenesses:
        return self._index.likenesses(probe)


class PersonShortlist:
    """Finger descriptors of persons by position. Not safe for use by several threads while it changes."""

    def __init__(self) -> None:
        self._rows: dict[Position, _Rows] = {}
        self._present: Flags = np.zeros(0, dtype=np.bool_)

    def __len__(self) -> int:
        """Count the persons."""
        return int(self._present.sum())

    def add(self, people: Mapping[int, Fingers]) -> None:
        """Add persons by number, those without a described finger too.

        Raises
        ------
        GalleryError
            When a number is negative or there already; then nobody is added.
        ConfigurationError
            When a position is not that of a known finger.
        """
        numbers = np.array(sorted(people), dtype=np.int64)
        if len(numbers) and (numbers[0] < 0 or self._present[numbers[numbers < len(self._present)]].any()):
            raise GalleryError("a person to be added is in the shortlist already, or has a negative number")
        of_position: dict[Position, list[tuple[int, FingerDescriptor]]] = {}
        for number, fingers in people.items():
            _require_known(fingers)
            for position, descriptor in fingers.items():
                of_position.setdefault(position, []).append((number, descriptor))
        self._make_room(int(numbers.max(initial=-1)) + 1)
        self._present[numbers] = True
        for position, some in of_position.items():
            self._rows.setdefault(position, _Rows()).append(some)

    def remove(self, number: int) -> None:
        """Take a person out.

        Raises
        ------
        GalleryError
            When the person is not there.
        """
        if not (0 <= number < len(self._present) and self._present[number]):
            raise GalleryError("the person to be removed is not in the shortlist")
        self._present[number] = False
        for rows in self._rows.values():
            rows.drop(number)

    def search(self, probe: Fingers, length: int) -> Shortlist:
        """Return the persons most like the probe.

        Likenesses of the fingers that both have are added up: those of different fingers scatter about 0, so that a
        finger the other side lacks adds what is expected of a stranger's.

        Parameters
        ----------
        length
            Persons listed at most, at least 1.

        Raises
        ------
        ConfigurationError
            When the length is below 1, or a position is not that of a known finger.
        """
        if length < 1:
            raise ConfigurationError(f"a shortlist of {length} would find nobody", remedy="ask for at least one")
        _require_known(probe)
        total: Totals = np.zeros(len(self._present), dtype=np.int64)
        ranked: Flags = np.zeros(len(self._present), dtype=np.bool_)
        for position, descriptor in probe.items():
            if position in self._rows:
                rows = self._rows[position]
                total[rows.owners] += rows.likenesses(descriptor)
                ranked[rows.owners] = True
        subjects = _best(np.flatnonzero(ranked), total, length)
        return Shortlist(
            subjects=subjects,
            likenesses=total[subjects],
            unranked=np.flatnonzero(self._present & ~ranked),
            gallery_size=len(self),
        )

    def _make_room(self, least: int) -> None:
        if least > len(self._present):
            room = max(least, 2 * len(self._present)) - len(self._present)
            self._present = np.concatenate((self._present, np.zeros(room, dtype=np.bool_)))


def _best(subjects: Ids, total: Totals, length: int) -> Others:
    """Return the subjects of the largest totals, in order, of equals the lower number first."""
    totals = total[subjects]
    if length < len(subjects):
        least = np.partition(totals, len(totals) - length)[len(totals) - length]
        subjects = subjects[totals >= least]  # with everybody who equals the last
        totals = total[subjects]
    order = np.argsort(-totals, kind="stable")[:length]
    return subjects[order]


def _require_known(fingers: Fingers) -> None:
    for position in fingers:
        if position is Position.UNKNOWN or position.modality is not Modality.FINGER:
            raise ConfigurationError(
                f"a shortlist knows no position {position.value}", remedy="compare such samples with everybody"
            )

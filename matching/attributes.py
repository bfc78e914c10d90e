"""What is noted of persons so that a search can be limited to some of them, as bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Flags
from biometrics.errors import GalleryError
from matching.people import Bits

MOST_ATTRIBUTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Limits a search to persons by the attributes of their references; a person has those of any of them.

    Parameters
    ----------
    all_of
        Attributes that each of them has.
    none_of
        Attributes that none of them has.
    """

    all_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeBits:
    """`Only`, as bits; `impossible` where an attribute is wanted that nobody ever had."""

    all_of: int = 0
    none_of: int = 0
    impossible: bool = False

    @property
    def everybody(self) -> bool:
        """Whether nobody is left out."""
        return not (self.all_of or self.none_of or self.impossible)

    def admits(self, bits: int) -> bool:
        """Return whether a person with these attributes takes part."""
        return not self.impossible and bits & self.all_of == self.all_of and not bits & self.none_of

    def among(self, bits: Bits) -> Flags:
        """Return for each person whether they take part.

        Parameters
        ----------
        bits
            uint16 [count] attributes of each.
        """
        flags: Flags = (bits & self.all_of == self.all_of) & (bits & self.none_of == 0) & np.bool_(not self.impossible)
        return flags


class AttributeNames:
    """Gives each attribute a bit as it comes."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = tuple(names)

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes, by their bits."""
        return self._names

    def bits(self, names: Iterable[str]) -> int:
        """Return attributes as bits, giving one to each that is new.

        Raises
        ------
        GalleryError
            When there are more than 16.
        """
        wanted = sorted(set(names))
        new = tuple(name for name in wanted if name not in self._names)
        if len(self._names) + len(new) > MOST_ATTRIBUTES:
            raise GalleryError(f"a gallery holds at most {MOST_ATTRIBUTES} attributes", source=new[0])
        self._names += new
        return sum(1 << self._names.index(name) for name in wanted)

    def only(self, only: Only | None) -> AttributeBits:
        """Return the limits of a search as bits."""
        if only is None:
            return AttributeBits()
        known, names = set(self._names), self._names
        return AttributeBits(
            all_of=sum(1 << names.index(name) for name in only.all_of & known),
            none_of=sum(1 << names.index(name) for name in only.none_of & known),
            impossible=not only.all_of <= known,
        )

"""Which groups of the members are compared in which order, so that each pair is compared once.

The members stand in an order that is fixed when a run begins, those that everybody is compared with (the newcomers, or
all) at its end. They are cut into blocks. A row of the plan compares one block of newcomers with each block before it
and then within itself; every such comparison of two blocks is a tile, numbered row by row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from biometrics.errors import ConfigurationError

MOST_EARLIER = 65_536
"""Members of one side of a comparison: what is compared between two records of the journal has bounded memory."""

_EDGES = ((20_000, 256), (200_000, 1_024), (2_000_000, 4_096))
_LARGEST_EDGE = 16_384
"""Members of a block by how many there are: a tile takes about a second at 100,000 comparisons a second where all
pairs are compared by minutiae, and so does a span of the largest at a thousand million where vectors come first."""


def usual_edge(members: int) -> int:
    """Return the members of a block in a run of so many."""
    return next((edge for most, edge in _EDGES if members <= most), _LARGEST_EDGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Successive tiles of one row: members from `earlier_begin` to `earlier_end` with those of a block.

    Parameters
    ----------
    begin, end
        Tiles, the end excluded.
    earlier_begin, earlier_end
        Members of the blocks before, as positions in the order; none when they are equal.
    later_begin, later_end
        Members of the row's block.
    within
        Whether the block is also compared within itself.
    """

    begin: int
    end: int
    earlier_begin: int
    earlier_end: int
    later_begin: int
    later_end: int
    within: bool

    @property
    def comparisons(self) -> int:
        """Pairs of members."""
        block = self.later_end - self.later_begin
        return (self.earlier_end - self.earlier_begin) * block + (block * (block - 1) // 2 if self.within else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TilePlan:
    """The tiles of a run.

    Parameters
    ----------
    members
        How many there are.
    first_new
        Position of the first of those who are compared with everybody; 0 where all are.
    edge
        Most members of a block.

    Raises
    ------
    ConfigurationError
        When the numbers contradict each other.
    """

    members: int
    first_new: int
    edge: int

    def __post_init__(self) -> None:
        if not (0 <= self.first_new <= self.members and self.edge >= 1):
            raise ConfigurationError(f"no tiles of {self.edge} for {self.members} members, new from {self.first_new}")

    @property
    def comparisons(self) -> int:
        """Pairs of members that are compared in all."""
        newcomers = self.members - self.first_new
        return newcomers * self.first_new + newcomers * (newcomers - 1) // 2

    @property
    def tiles(self) -> int:
        """Tiles in all."""
        return _starts(self)[-1]

    def comparisons_before(self, tile: int) -> int:
        """Return the pairs of members in the tiles before one."""
        starts, cuts = _starts(self), _cuts(self)
        if tile >= starts[-1]:
            return self.comparisons
        row = bisect_right(starts, tile) - 1
        block = len(cuts) - len(starts) + row
        rows_before = replace(self, members=cuts[block]).comparisons
        return rows_before + cuts[tile - starts[row]] * (cuts[block + 1] - cuts[block])

    def spans(self, begin: int, wanted: SpanLength) -> Iterator[Span]:
        """Yield the tiles from a number on, as many at a time as `wanted` says just then.

        Parameters
        ----------
        begin
            The first tile, at most `tiles`.
        wanted
            Told apart for each span, so that it can follow the speed.
        """
        starts, cuts = _starts(self), _cuts(self)
        while begin < starts[-1]:
            row = bisect_right(starts, begin) - 1
            block = len(cuts) - len(starts) + row
            column = begin - starts[row]
            most = max(MOST_EARLIER // self.edge, 1)
            end = min(begin + min(max(wanted.tiles, 1), most), starts[row + 1])
            last_column = min(column + end - begin, block)
            yield Span(
                begin=begin,
                end=end,
                earlier_begin=cuts[column],
                earlier_end=cuts[last_column],
                later_begin=cuts[block],
                later_end=cuts[block + 1],
                within=end == starts[row + 1],
            )
            begin = end


@dataclass(slots=True, kw_only=True)
class SpanLength:
    """How many tiles are compared between two records of the journal: about as many as take `target_s`."""

    target_s: float
    tiles: int = 1

    def learn(self, tiles: int, seconds: float) -> None:
        """Follow what the last span took; growth is gradual, since the next may take longer."""
        fitting = int(tiles * self.target_s / max(seconds, 1e-6))
        self.tiles = max(1, min(fitting, 2 * tiles))


def _cuts(plan: TilePlan) -> list[int]:
    """Return where blocks begin, and the end."""
    old = range(0, plan.first_new, plan.edge)
    return [*old, *range(plan.first_new, plan.members, plan.edge), plan.members]


def _starts(plan: TilePlan) -> list[int]:
    """Return the first tile of each row, and how many tiles there are."""
    old = len(range(0, plan.first_new, plan.edge))
    rows = len(range(plan.first_new, plan.members, plan.edge))
    return list(accumulate((old + row + 1 for row in range(rows)), initial=0))

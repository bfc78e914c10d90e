"""What is asked of a part of the gallery, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from biometrics.protocols import ReferenceChange
from biometrics.scores import CandidateList
from biometrics.templates import Probe
from matching.gallery import Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardState:
    """The last change that a shard has applied, and how many persons it holds."""

    generation: int
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Asks for the candidates of some probes.

    Parameters
    ----------
    probes
        Templates of one person each.
    largest_fmr
        Leave out candidates whose fused false match rate is larger; None for nobody.
    """

    probes: tuple[Probe, ...]
    largest_fmr: float | None = None


@runtime_checkable
class Shard(Protocol):
    """A part of the gallery that holds some persons whole. Any call may raise, late or never return.

    Everything that passes is a value that can be copied, so that a shard may live in another process or machine.
    Nothing is lost with a shard: the registry tells its replacement the same changes.
    """

    def state(self) -> ShardState:
        """Return what the shard holds."""
        ...

    def apply(self, changes: Sequence[ReferenceChange]) -> ShardState:
        """Add, retire and move what the changes say, in their order, and return what is held then.

        Changes that were applied before are passed over: a change may be told twice.
        """
        ...

    def search(self, asked: Search) -> tuple[CandidateList, ...]:
        """Return the candidates for each probe, all of the same generation."""
        ...

    def snapshot(self) -> ShardState:
        """Keep what is held, so that a replacement starts from there, and return what that is."""
        ...

    def close(self) -> None:
        """End; never raises."""
        ...


class LocalShard:
    """A shard in this process.

    Parameters
    ----------
    gallery
        Holds the persons; followed by nobody else.
    keep
        Keeps a snapshot of it.
    """

    def __init__(self, gallery: Gallery, keep: Callable[[Gallery], None] | None = None) -> None:
        self._gallery = gallery
        self._keep = keep

    def state(self) -> ShardState:
        """Return what the gallery holds."""
        return ShardState(generation=self._gallery.generation, persons=self._gallery.size)

    def apply(self, changes: Sequence[ReferenceChange]) -> ShardState:
        """Apply the changes after the gallery's generation."""
        for change in changes:
            if change.sequence > self._gallery.generation:
                self._gallery.apply(change)
        return self.state()

    def search(self, asked: Search) -> tuple[CandidateList, ...]:
        """Search each probe."""
        return self._gallery.search_many(asked.probes, largest_fmr=asked.largest_fmr)

    def snapshot(self) -> ShardState:
        """Keep a snapshot, where one was provided for."""
        if self._keep is not None:
            self._keep(self._gallery)
        return self.state()

    def close(self) -> None:
        """Do nothing."""

"""Whoever is ready is recorded together: one section, one commit, each searched among those before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from biometrics.decisions import DecisionPolicy
from biometrics.records import DEFAULT_GALLERY, Actor
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Probe
from enrollment.gathering import Gathering
from enrollment.searching import SearchDesks
from matching.gallery import Gallery
from matching.newcomers import Newcomers
from matching.policy import thresholds
from registry.gallery_view import GalleryView
from registry.reading import Reader
from registry.store import Registry
from registry.writing import Writer

Outcome = TypeVar("Outcome")
Answer_co = TypeVar("Answer_co", covariant=True)

MOST_AT_ONCE = 64
"""Enrollments in one writer section: a commit is shared by all of them, and the others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryDesk:
    """Where one gallery is searched, and follows the registry, for everybody who is recorded in it.

    Any number of threads may search at once; `searches` makes those that wait together.
    """

    registry: Registry
    gallery: Gallery
    policy: DecisionPolicy
    gallery_id: str = DEFAULT_GALLERY
    searches: SearchDesks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "searches", SearchDesks(self.gallery))

    def follow(self, section: Reader | None = None) -> None:
        """Let the gallery apply what was committed since, as the registry or an open section of it tells."""
        self.gallery.follow(GalleryView(source=section or self.registry, gallery_id=self.gallery_id))

    def search(self, probe: Probe) -> GallerySearch:
        """Search a person outside the section, as a decision needs it."""
        # What others committed long ago is caught up with here, so that little is left for inside the section.
        self.follow()
        # People may be retired between the search and the decision, which relaxes the threshold a little; the search
        # keeps candidates for a gallery of half the size so that none is missing then.
        _, largest_fmr = thresholds(self.policy, self.gallery.size // 2)
        found = self.searches.search(probe, largest_fmr=largest_fmr)
        return GallerySearch(desk=self, probe=probe, found=found, largest_fmr=largest_fmr)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GallerySearch:
    """What a search of one gallery found, at the generation that it had then."""

    desk: GalleryDesk
    probe: Probe
    found: CandidateList
    largest_fmr: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """A subject that an open section recorded.

    Parameters
    ----------
    references
        All it now has, by gallery.
    known_in
        Galleries that held it before.
    """

    subject_id: str
    references: Mapping[str, tuple[BiometricReference, ...]]
    known_in: frozenset[str] = frozenset()


class RecordingSection:
    """An open writer section, in which those who are ready are recorded one after the other.

    Parameters
    ----------
    writer
        The section of the registry.
    desks
        The galleries in which somebody of the group is searched.
    """

    def __init__(self, writer: Writer, desks: Mapping[str, GalleryDesk]) -> None:
        self.writer = writer
        self._newcomers = {gallery_id: Newcomers(desk.gallery) for gallery_id, desk in desks.items()}
        for desk in desks.values():
            desk.follow(writer)

    def refreshed(self, search: GallerySearch) -> CandidateList:
        """Return what a search would find now: in the gallery, and among whom this section recorded."""
        desk, probe, largest_fmr = search.desk, search.probe, search.largest_fmr
        found = desk.gallery.refresh(search.found, probe, largest_fmr=largest_fmr)
        found = self._newcomers[desk.gallery_id].extend(found, probe, largest_fmr)
        return replace(found, generation=self.writer.latest_sequence())

    def arrive(self, arrival: Arrival) -> None:
        """Let those who follow in this section be compared with somebody: the last step of recording them."""
        for gallery_id in self._newcomers.keys() & arrival.references.keys():
            known = gallery_id in arrival.known_in
            self._newcomers[gallery_id].add(arrival.subject_id, arrival.references[gallery_id], known=known)


@runtime_checkable
class Recordable(Protocol[Answer_co]):
    """Whatever is searched before, and decided and recorded within a section."""

    @property
    def actor(self) -> Actor:
        """Who asks for it."""
        ...

    @property
    def searches(self) -> Sequence[GallerySearch]:
        """What was searched; their galleries are followed before."""
        ...

    def record(self, section: RecordingSection) -> Answer_co:
        """Decide and record; what is raised leaves nothing behind."""
        ...


class Recorder:
    """Records whoever is ready, from any number of threads and for any galleries of one registry.

    Parameters
    ----------
    registry
        Whose one writer section they share.
    most_at_once
        In one section.
    """

    def __init__(self, registry: Registry, most_at_once: int = MOST_AT_ONCE) -> None:
        self._registry = registry
        self.gathering: Gathering[Recordable[Any], Any] = Gathering(self._record_together, most_at_once)

    def record(self, one: Recordable[Outcome]) -> Outcome:
        """Return the outcome once it is durable, or raise what this one failed by."""
        return cast("Outcome", self.gathering.ask(one))

    def _record_together(self, group: Sequence[Recordable[Any]]) -> list[Any]:
        """Record everybody who is ready in one section, each searched among those before; one's failure is its own."""
        outcomes: list[Any] = []
        desks = {search.desk.gallery_id: search.desk for one in group for search in one.searches}
        with self._registry.writing() as writer:
            section = RecordingSection(writer, desks)
            for one in group:
                try:
                    with writer.attempt(one.actor):
                        outcome = one.record(section)
                    outcomes.append(outcome)
                except Exception as error:  # noqa: BLE001 - handed to whoever asked
                    outcomes.append(error)
        return outcomes

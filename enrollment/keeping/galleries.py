"""The galleries that one owner of a registry has in memory, and the snapshots of them that it keeps on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from biometrics.errors import BiometricsError
from biometrics.protocols import Progress, no_progress
from enrollment.keeping.figures import GalleryFigures, stats_of
from enrollment.keeping.forgetting import has_other_history, kept_galleries, require_erased, snapshot_names
from enrollment.keeping.headers import Header
from enrollment.keeping.keys import SnapshotKeys
from enrollment.keeping.opening import NO_SNAPSHOT, GalleryMaker, Kept, Opened, Place, open_gallery
from enrollment.keeping.verification import Verified, verify_snapshot
from matching.keeping import present_key, require_room, tidy, write_snapshot
from registry.access import GALLERY_BUILT
from registry.gallery_view import GalleryView
from registry.store import Registry

_log = structlog.get_logger(__name__)

LOOK_EVERY_S = 30.0
KEEP_EVERY_S = 1_800.0
"""A changed gallery is kept at least so often: half an hour of enrollments is followed in seconds at the next start."""

LONGEST_SHARE = 0.01
"""Of its time, an engine writes snapshots for no more than that: 10 M persons are minutes of writing."""

KEEP_AFTER_CHANGES, KEEP_AFTER_SHARE = 10_000, 0.05
"""Kept earlier after so many changes and that share of its persons; following one takes about 1 ms at a start."""

LEAST_FOR_A_COMMAND, LEAST_SHARE_FOR_A_COMMAND = 100, 0.01
"""A command that ends leaves fewer changes than these to the next one to follow."""


@dataclass(slots=True, kw_only=True)
class _Held:
    """A gallery in memory, the last snapshot of it, when and in what time that was written, and when to try again."""

    opened: Opened
    kept: Kept | None
    kept_at: float
    kept_in_s: float = 0.0
    not_before: float = 0.0

    def changes(self, latest: int) -> int:
        """Return how many changes of the registry, which is at `latest`, came after the last snapshot."""
        return latest - (self.kept.generation if self.kept else 0)

    def is_due(self, latest: int) -> bool:
        """Return whether an engine should write a snapshot: there are enough changes, or they have waited enough."""
        changes = self.changes(latest)
        if time.monotonic() < self.not_before:
            return False
        if self.kept is None:
            return changes > 0
        many = max(KEEP_AFTER_CHANGES, KEEP_AFTER_SHARE * self.opened.gallery.size)
        long_s = max(KEEP_EVERY_S, self.kept_in_s / LONGEST_SHARE)
        return changes >= many or (changes > 0 and time.monotonic() - self.kept_at >= long_s)

    def is_due_at_the_end_of_a_command(self, latest: int) -> bool:
        """Return whether the next command would take longer to follow than this one to write a snapshot."""
        least = max(LEAST_FOR_A_COMMAND, LEAST_SHARE_FOR_A_COMMAND * self.opened.gallery.size)
        return self.changes(latest) >= (1 if self.kept is None else least)

    def is_changed(self, latest: int) -> bool:
        """Return whether there is anything to write."""
        return self.changes(latest) > 0


class Galleries:
    """Opens galleries, remembers them, and keeps snapshots of what changes; safe to share between threads.

    Parameters
    ----------
    registry
        The registry, which this process owns.
    folder
        Where each gallery has a folder for its snapshots.
    maker
        Makes galleries.
    """

    def __init__(self, registry: Registry, folder: Path, maker: GalleryMaker) -> None:
        self._registry, self._folder, self._maker = registry, folder, maker
        self._held: dict[str, _Held] = {}
        self._opening, self._writing = threading.Lock(), threading.Lock()

    def open(self, gallery_id: str, progress: Progress = no_progress) -> Opened:
        """Return a gallery, brought into memory at the first call; one that was built anew is kept at once.

        Raises
        ------
        RecordNotFoundError
            When the registry has no gallery of this name.
        GalleryError, RecordError
            When gallery and registry disagree, or the registry cannot be read.
        """
        return self._opened(gallery_id, progress)

    def _opened(self, gallery_id: str, progress: Progress, without: Collection[str] = ()) -> Opened:
        with self._opening:
            held = self._held.get(gallery_id)
            if held is None:
                held = self._held[gallery_id] = self._bring(gallery_id, progress, without)
        return held.opened

    def keep(self, gallery_id: str) -> Kept:
        """Let a gallery that is open follow the registry, and write a snapshot of it.

        Raises
        ------
        StorageError, RecordBusyError
            When it cannot be written; the one before stays.
        """
        with self._writing:
            return self._keep(gallery_id)

    def _keep(self, gallery_id: str) -> Kept:
        held = self._held[gallery_id]
        gallery, begun = held.opened.gallery, time.monotonic()
        gallery.follow(self._view(gallery_id))
        content, arrays = gallery.export()
        header = Header.of(self._view(gallery_id), content, stats_of(gallery))
        place = self._place(gallery_id)
        require_room(place.folder, held.kept.bytes if held.kept else 0)
        key = place.keys.fresh(present_key(place.folder))
        manifest = write_snapshot(place.folder, asdict(header), arrays, key)
        place.keys.destroy_former(present_key(place.folder))
        held.kept_at = time.monotonic()
        held.kept_in_s = held.kept_at - begun
        held.kept = Kept(generation=header.generation, written_at=manifest.written_at, bytes=manifest.bytes)
        told = asdict(held.kept) | {"s": round(held.kept_in_s, 2)}
        _log.info("gallery.kept", gallery=gallery_id, **told)
        return held.kept

    def forget(self, subject_ids: Collection[str], progress: Progress = no_progress) -> tuple[str, ...]:
        """Let every gallery forget subjects whom the registry has erased, in memory and on the disk.

        To be called when their references are deleted. It may be killed at any point and is then called again; at its
        end no gallery in memory and no snapshot that can be opened holds anything of them.

        Parameters
        ----------
        subject_ids
            Whom.
        progress
            Told how far a gallery that had to be opened has come.

        Returns
        -------
        tuple[str, ...]
            The galleries of which a new snapshot was written.

        Raises
        ------
        GalleryError
            When the registry still has references of one of them, or a gallery disagrees with it.
        StorageError, RecordBusyError
            When a snapshot cannot be written: they are then not forgotten on the disk.
        """
        with self._registry.reading() as section:
            require_erased(section, subject_ids)
        named = sorted({*self._held, *kept_galleries(self._folder)})
        return tuple(one for one in named if self._forget_in(one, subject_ids, progress))

    def _forget_in(self, gallery_id: str, subject_ids: Collection[str], progress: Progress) -> bool:
        place, held = self._place(gallery_id), self._held.get(gallery_id)
        with self._registry.reading() as section:
            view = GalleryView(source=section, gallery_id=gallery_id)
            kept = snapshot_names(place, subject_ids) or (held is not None and has_other_history(view, place))
        if not kept and (held is None or not held.opened.gallery.knows(subject_ids)):
            with self._writing:  # what an earlier call that was cut off may have left
                tidy(place.folder)
                place.keys.destroy_former(present_key(place.folder))
            return False
        gallery = self._opened(gallery_id, progress, without=subject_ids).gallery
        with self._writing:  # nobody may export what is about to be written over
            gallery.follow(self._view(gallery_id))
            gallery.forget(subject_ids)
            self._keep(gallery_id)
        return True

    def figures(self, gallery_id: str) -> GalleryFigures:
        """Return how a gallery that is open came into memory, what it holds, and of what its snapshot is."""
        held = self._held[gallery_id]
        opened = held.opened
        return GalleryFigures(
            gallery_id=gallery_id,
            origin=opened.origin,
            reason=opened.reason,
            followed=opened.followed,
            opened_in_s=opened.seconds,
            stats=stats_of(opened.gallery),
            latest=self._view(gallery_id).latest_sequence(),
            kept=held.kept,
            kept_in_s=held.kept_in_s,
        )

    def verify(self, gallery_id: str, progress: Progress = no_progress, *, quick: bool = False) -> Verified:
        """Verify the last snapshot of a gallery, which need not be open; needs memory for it once more.

        Raises
        ------
        RecordNotFoundError
            When the registry has no gallery of this name.
        ConfigurationError
            When the registry holds templates that these galleries cannot compare.
        """
        with self._registry.reading() as section:
            self._maker.require_fitting(section)
            section.galleries.require([gallery_id])
            view = GalleryView(source=section, gallery_id=gallery_id)
            return verify_snapshot(view, self._place(gallery_id), self._maker, progress, quick=quick)

    def _place(self, gallery_id: str) -> Place:
        return Place(folder=self._folder / gallery_id, keys=SnapshotKeys(self._registry.keys, gallery_id))

    def _view(self, gallery_id: str) -> GalleryView:
        return GalleryView(source=self._registry, gallery_id=gallery_id)

    @contextmanager
    def kept_at_the_end(self) -> Iterator[None]:
        """Let a command, when its block has ended well, keep what it built anew or changed a lot."""
        yield
        self._keep_where(_Held.is_due_at_the_end_of_a_command)

    @contextmanager
    def kept_regularly(self, every_s: float = LOOK_EVERY_S) -> Iterator[None]:
        """Keep what changes in a thread of its own while the block runs, and whatever changed at its end."""
        ended = threading.Event()

        def look() -> None:
            self._keep_where(_Held.is_due)
            while not ended.wait(every_s):
                self._keep_where(_Held.is_due)

        thread = threading.Thread(target=look, name="keeping")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._keep_where(_Held.is_changed)

    def _keep_where(self, due: Callable[[_Held, int], bool]) -> None:
        """Keep the galleries that are due; one that cannot be written serves on, and the next start takes longer."""
        for gallery_id, held in list(self._held.items()):
            try:
                if due(held, self._registry.latest_sequence()):
                    self.keep(gallery_id)
            except (BiometricsError, MemoryError) as error:
                held.not_before = time.monotonic() + KEEP_EVERY_S
                _log.warning("gallery.not_kept", gallery=gallery_id, reason=str(error) or type(error).__name__)

    def _bring(self, gallery_id: str, progress: Progress, without: Collection[str]) -> _Held:
        # One section for all: what another process commits in between must not look like a disagreement.
        with self._registry.reading() as section:
            self._maker.require_fitting(section)
            section.galleries.require([gallery_id])
            view = GalleryView(source=section, gallery_id=gallery_id)
            opened = open_gallery(view, self._place(gallery_id), self._maker, progress, without=without)
        self._tell(gallery_id, opened)
        return _Held(opened=opened, kept=opened.kept, kept_at=time.monotonic())

    def _tell(self, gallery_id: str, opened: Opened) -> None:
        gallery = opened.gallery
        built = {"gallery": gallery_id, "persons": gallery.size, "change": gallery.generation}
        with self._registry.writing() as writer:
            writer.append_event(GALLERY_BUILT, None, built | {"origin": opened.origin.value})
        log = _log.info if opened.reason in (None, NO_SNAPSHOT) else _log.warning
        log("gallery.opened", **built, origin=opened.origin.value, reason=opened.reason, s=round(opened.seconds, 2))

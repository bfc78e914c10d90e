"""The references a gallery holds, as they change: one thread makes versions of persons, others read states."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import GalleryError, StorageError
from biometrics.positions import Modality, Position
from biometrics.protocols import ChangeKind, ReferenceChange
from matching.agreement import REMEDY
from matching.attributes import AttributeNames
from matching.census import Census
from matching.column import REFERENCE, Column, Entry
from matching.erasing import erase_persons
from matching.people import NEVER, WHOLE_DIGEST, People, Version, position_bits
from matching.preparing import Composed, Formats, Held, PreparedChange, PreparedReference, Preparer
from matching.state import State
from matching.stores import TemplateStore
from matching.subject_ids import SubjectIds
from matching.transfer import restore_state, restore_table
from matching.vectors.table import VectorTable
from matching.vectors.view import TableView

FEWEST_TO_COMPACT = 1_024
"""A gallery is compacted when more than half its versions, and at least this many, are gone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Update:
    """What becomes of one person.

    Parameters
    ----------
    subject_id, former
        Who, and the version before, if there is one.
    held
        All references from now on.
    digest
        Sum of their digests.
    composed
        The same, composed, where that was prepared.
    """

    subject_id: str
    former: int | None
    held: Held
    digest: int
    composed: Composed | None = None


class References:
    """Versions of persons and the columns of their references. Changed by one thread at a time.

    Parameters
    ----------
    preparer
        Makes templates ready.
    folder
        Where prints, faces and vectors lie on disk; None for memory, and the system's folder for vectors.
    """

    def __init__(self, preparer: Preparer, folder: Path | None = None) -> None:
        self.names = AttributeNames()
        self._preparer = preparer
        self._folder = folder
        self._broken = False
        layout = None if preparer.describing is None else preparer.describing.layout
        self._table = None if layout is None else VectorTable(layout, folder=folder)
        self.state = State(
            generation=0,
            people=People(SubjectIds()),
            count=0,
            columns={},
            formats={},
            census=Census(),
            table=self._view(),
        )

    def _view(self) -> TableView | None:
        return None if self._table is None else self._table.view()

    def apply(self, prepared: PreparedChange) -> None:
        """Add, retire or move all references of a change and publish the state after it.

        Raises
        ------
        GalleryError, IncompatibleTemplatesError, ConfigurationError, StorageError
            When one cannot be added, retired or moved; then none is. And when a change broke off before.
        """
        self._require_whole()
        change, state = prepared.change, self.state
        if change.sequence >= NEVER:
            raise GalleryError(f"a gallery follows at most {NEVER - 1} changes")
        templates = [one.template for one in change.references] if change.kind is ChangeKind.ADDED else []
        formats = self._preparer.formats_with(state.formats, templates)
        _require_own(change)
        updates = self._updates(prepared) if change.references else []
        self._commit(updates, change.sequence, formats)
        gone = len(self.state.people) - self.state.size
        if gone >= FEWEST_TO_COMPACT and 2 * gone > len(self.state.people):
            with suppress(StorageError, GalleryError, MemoryError):  # no room for both: the gallery goes on as it is
                self.compact()

    def _updates(self, prepared: PreparedChange) -> list[_Update]:
        change = prepared.change
        attributes = self.names.bits(change.attributes)
        own = [replace(one, entry=replace(one.entry, attributes=attributes)) for one in prepared.references]
        digest = sum(one.digest for one in own)
        if change.kind is ChangeKind.ADDED:
            return [self._with(change.subject_id, own, digest, prepared.alone if not attributes else None)]
        if change.kind is ChangeKind.RETIRED:
            return [self._without(change.subject_id, own, digest)[0]]
        former = str(change.from_subject_id)
        left, taken = self._without(former, own, sum(prepared.former_digests))
        if former == change.subject_id:  # only galleries changed
            return []
        return [left, self._with(change.subject_id, taken, digest)]

    def _with(
        self, subject_id: str, new: Sequence[PreparedReference], digest: int, alone: Composed | None = None
    ) -> _Update:
        """Return a person with more references."""
        former, held, before = self._held(subject_id)
        for one in new:
            own = held.setdefault(one.position, [])
            if any(entry.name == one.entry.name for entry in own):
                raise GalleryError("the reference is in the gallery already", source=one.reference_id)
            own.append(one.entry)
        return _Update(
            subject_id=subject_id,
            former=former,
            held=held,
            digest=(before + digest) & WHOLE_DIGEST,
            composed=alone if former is None else None,
        )

    def _without(
        self, subject_id: str, gone: Sequence[PreparedReference], digest: int
    ) -> tuple[_Update, list[PreparedReference]]:
        """Return a person with fewer references, and those."""
        former, held, before = self._held(subject_id)
        taken: list[PreparedReference] = []
        for one in gone:
            own = held.get(one.position, [])
            places = [place for place, entry in enumerate(own) if entry.name == one.entry.name]
            if not places:
                raise GalleryError("the subject has no such reference in the gallery", source=one.reference_id)
            taken.append(replace(one, entry=own.pop(places[0])))
        left = {position: entries for position, entries in held.items() if entries}
        update = _Update(subject_id=subject_id, former=former, held=left, digest=(before - digest) & WHOLE_DIGEST)
        return update, taken

    def _held(self, subject_id: str) -> tuple[int | None, dict[Position, list[Entry[Any]]], int]:
        """Return the version of a subject, its references, and the sum of their digests."""
        version = self.state.find(subject_id)
        if version is None:
            return None, {}, 0
        held = {position: column.entries(version, REFERENCE) for position, column in self.state.columns_of(version)}
        return version, held, self.state.people.describe(version).digest

    def _commit(self, updates: Sequence[_Update], sequence: int, formats: Formats) -> None:
        """Write what becomes of persons and publish the state after it; when it raises, that stays as it was."""
        state = self.state
        people, columns = state.people, dict(state.columns)
        staying = [one for one in updates if one.held]
        gone = [one.former for one in updates if one.former is not None]
        versions = [_version(one) for one in staying]
        lengths = {position: len(column) for position, column in columns.items()}
        self._broken = True  # until all is written: if memory ends in between, persons and vectors are of two changes
        try:
            persons = [update.composed or self._preparer.person(update.held, formats) for update in staying]
            for number, person in enumerate(persons):
                for position, entries in person.entries.items():
                    self._column(columns, position, formats).append(len(people) + number, entries)
            # Last: what may fail in it leaves it as it was.
            self._describe(persons, versions, gone, sequence)
        except BaseException:
            for position, column in columns.items():
                column.cut(lengths.get(position, 0))
            self._broken = self._has_other_vectors(len(staying))
            raise
        census = state.census.after([people.describe(one) for one in gone], versions) if updates else state.census
        for one in gone:
            people.retire(one, sequence)
        for update, version in zip(staying, versions, strict=True):
            people.append(update.subject_id, sequence, version)
        self.state = State(
            generation=sequence,
            people=people,
            count=len(people),
            columns=columns if staying else state.columns,
            formats=formats,
            census=census,
            table=self._view(),
        )
        self._broken = False

    def forget(self, subject_ids: Collection[str]) -> None:
        """Drop subjects at the present generation, and write over all that is left of them.

        Raises
        ------
        GalleryError, StorageError
            When that cannot be done, or a change broke off before.
        """
        self._require_whole()
        state = self.state
        present = {one: version for one in subject_ids if (version := state.find(one)) is not None}
        if present:
            gone = [_Update(subject_id=one, former=version, held={}, digest=0) for one, version in present.items()]
            self._commit(gone, state.generation, state.formats)
        erase_persons(self.state, self._table, subject_ids)

    def _require_whole(self) -> None:
        """Refuse to go on after a change that broke off in the middle; searches see the state before it."""
        if self._broken:
            raise GalleryError("a change of the gallery broke off in the middle", remedy=REMEDY)

    def _has_other_vectors(self, new: int) -> bool:
        """Return whether vectors are not those of the state, where a change with so many new ones failed."""
        if self._table is None:
            return False
        owners = self.state.people.next_owner + np.arange(new)
        return len(self._table.view()) != self.state.size or bool(self._table.holds(owners).any())

    def _describe(
        self, persons: Sequence[Composed], versions: Sequence[Version], gone: Sequence[int], sequence: int
    ) -> None:
        """Add the vectors of versions that follow the last one, and retire those of versions that are gone."""
        if self._table is None:
            return
        vectors = [person.vector for person in persons if person.vector is not None]
        people, layout = self.state.people, self._table.layout
        owners = people.next_owner + np.arange(len(vectors))
        # Nobody else looks at the table in between: searches have the view of a state.
        self._table.append(
            owners=owners,
            vectors=np.array([one.vector for one in vectors], dtype=np.float32).reshape(-1, layout.width),
            masks=np.array([one.mask for one in vectors], dtype=np.uint16),
            attributes=np.array([one.attributes for one in versions], dtype=np.uint64),
            generation=sequence,
        )
        try:
            self._table.retire(people.owners(np.array(gone, dtype=np.int64)), generation=sequence)
        except BaseException:
            self._table.retire(owners, generation=sequence)
            raise

    def _column(self, columns: dict[Position, Column[Any]], position: Position, formats: Formats) -> Column[Any]:
        if position not in columns:
            columns[position] = Column(self.new_store(position.modality, formats))
        return columns[position]

    def new_store(self, modality: Modality, formats: Formats) -> TemplateStore[Any]:
        """Return an empty store for the templates of a modality."""
        return self._preparer.matchers[modality].new_store(formats[modality], self._folder)

    def restore(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Become what was exported.

        Raises
        ------
        GalleryError, ConfigurationError, StorageError
            As `restore_state`.
        """
        state = restore_state(header, arrays, self._preparer, self.new_store)
        if self._preparer.describing is not None:
            self._table = restore_table(arrays, self._preparer.describing, state.people, self._folder)
        self.names = AttributeNames(header.get("attributes", ()))
        self.state = replace(state, table=self._view())

    def compact(self) -> None:
        """Drop what is gone; states that are still read keep it.

        Raises
        ------
        StorageError
            When the disk is full; then nothing is dropped.
        """
        self._require_whole()
        state, columns = self.state, dict[Position, Column[Any]]()
        kept = state.active()
        for position, column in state.columns.items():
            columns[position] = column.keep(kept, self.new_store(position.modality, state.formats))
        people = state.people.keep(kept)
        if self._table is not None:
            self._table.compact()
        self.state = replace(state, people=people, count=len(people), columns=columns, table=self._view())


def _version(update: _Update) -> Version:
    attributes = 0
    for entries in update.held.values():
        for entry in entries:
            attributes |= entry.attributes
    return Version(positions=position_bits(update.held), attributes=attributes, digest=update.digest)


def _require_own(change: ReferenceChange) -> None:
    """Refuse references that come twice or are told as another subject's."""
    seen: set[str] = set()
    for reference in change.references:
        if reference.subject_id != change.subject_id or reference.reference_id in seen:
            raise GalleryError("a change holds the same or a foreign reference", source=reference.reference_id)
        seen.add(reference.reference_id)

"""What is left of persons who were forgotten is written over where it lies: in memory, and in files without a name.

Versions of persons are never removed from the middle of a gallery; retired ones stay until it is compacted, since
searches of an earlier generation may still read them. Whoever is to be erased cannot wait for that. A search that is
under way finds zeros in their place, which are like nobody.
"""

from __future__ import annotations

from collections.abc import Collection

from biometrics.arrays import Ids
from biometrics.errors import GalleryError
from matching.agreement import REMEDY
from matching.state import State
from matching.vectors.table import VectorTable


def erase_persons(state: State, table: VectorTable | None, subject_ids: Collection[str]) -> None:
    """Write over every version of subjects who have none that is active, and over their identifiers.

    Parameters
    ----------
    state
        The present one; nobody changes it meanwhile.
    table
        Vectors of its persons; None where persons are not described.
    subject_ids
        Whom; those who never were in the gallery are passed over.

    Raises
    ------
    GalleryError
        When one is active.
    StorageError
        When the disk cannot be written.
    """
    people = state.people
    known = [number for one in subject_ids if (number := people.ids.number(one)) is not None]
    versions = people.versions_of(known)
    if any(people.is_active(int(version), state.generation) for version in versions):
        raise GalleryError("whoever is in the gallery cannot be erased from it", remedy=REMEDY)
    if table is not None:
        table.erase(people.owners(versions))
    _erase_rows(state, versions)
    people.erase(versions)
    for number in known:
        people.ids.erase(number)


def _erase_rows(state: State, versions: Ids) -> None:
    for column in state.columns.values():
        column.erase(versions)

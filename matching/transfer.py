"""A gallery as a header and named arrays, and back, for whoever keeps it.

What can be made from the rest is left out: hash tables, counts, the bytes of vectors. What is read is checked, and the
sum of all digests must be the one in the header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import GalleryError
from biometrics.positions import Modality, Position
from biometrics.templates import TemplateFormat
from matching.census import Census
from matching.column import PIECE_BYTES, REFERENCE, Column
from matching.describing import Describing
from matching.people import BIT_OF, People
from matching.preparing import Formats, Preparer
from matching.state import State
from matching.stores import StoreMaker
from matching.subject_ids import SubjectIds
from matching.vectors import transfer as vectors
from matching.vectors.table import VectorTable

LAYOUT = 2
"""Of header and arrays."""

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]

_COLUMN_ARRAYS = ("slots", "kinds", "attributes", "names", "owners")


def export_header(state: State, preparer: Preparer, attributes: Sequence[str]) -> dict[str, Any]:
    """Return what `restore_state` needs beside the arrays; JSON values only."""
    return {
        "layout": LAYOUT,
        "generation": state.generation,
        "persons": state.size,
        "subjects": len(state.people.ids),
        "fingerprint": f"{state.census.fingerprint:032x}",
        "attributes": list(attributes),
        "formats": {modality.value: _told(one) for modality, one in state.formats.items()},
        "scales": {modality.value: preparer.calibrations[modality].scale for modality in state.formats},
        "spaces": _spaces(state.formats, preparer),
        "columns": [position.value for position in state.columns],
        "vectors": _described(preparer.describing),
    }


def export_arrays(state: State, subjects: int) -> Iterator[tuple[str, Array]]:
    """Yield the arrays of a state, each of at most 64 MiB and of a name of its own.

    Parameters
    ----------
    subjects
        How many identifiers the header told of; those who came since are left out.
    """
    persons = state.active()
    text, ends, hashes = state.people.ids.arrays(subjects)
    yield from _split("subjects/text", text)
    yield from _split("subjects/ends", ends)
    yield from _split("subjects/hashes", hashes)
    for name, array in state.people.arrays(persons).items():
        yield from _split(f"persons/{name}", array)
    for position, column in state.columns.items():
        for number, piece in enumerate(column.export(persons)):
            yield from ((f"{position.value}/{number}/{name}", array) for name, array in piece.items())
        yield f"{position.value}/pieces", np.array([number + 1], dtype=np.int64)
    if state.table is not None:
        yield from vectors.export(state.table)


def restore_state(header: Mapping[str, Any], arrays: Arrays, preparer: Preparer, new_store: StoreMaker) -> State:
    """Return the state that was exported.

    Raises
    ------
    GalleryError
        When something is missing, damaged or does not fit together.
    ConfigurationError
        When a calibration is for other scores.
    StorageError
        When the disk is full.
    """
    try:
        if header["layout"] != LAYOUT:
            raise GalleryError(f"a gallery of layout {header['layout']} cannot be read, only of {LAYOUT}")
        if header["vectors"] != _described(preparer.describing):
            raise GalleryError("the persons of the kept gallery are not described as they are here")
        formats = {Modality(name): TemplateFormat(**told) for name, told in header["formats"].items()}
        if header["spaces"] != _spaces(formats, preparer):
            raise GalleryError("the vectors of the kept gallery are turned by another key than this installation's")
        for modality, template_format in formats.items():
            preparer.require_scale(modality, template_format)
        people = _people(arrays)
        columns = {
            Position(name): _column(name, arrays, new_store(Position(name).modality, formats), len(people))
            for name in header["columns"]
        }
        generation, persons, fingerprint = header["generation"], header["persons"], header["fingerprint"]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise GalleryError("a part of the kept gallery is missing, or of another kind", source=str(error)) from error
    state = State(
        generation=generation,
        people=people,
        count=len(people),
        columns=columns,
        formats=formats,
        census=Census.of(people),
    )
    if f"{state.census.fingerprint:032x}" != fingerprint or state.size != persons:
        raise GalleryError("the references of the kept gallery are not those that its header tells of")
    _require_positions(state)
    return state


def kept_subjects(arrays: Arrays) -> SubjectIds:
    """Return whose identifiers are kept with a gallery; nothing else of it is read.

    Raises
    ------
    GalleryError
        When they are missing or damaged.
    """
    try:
        return SubjectIds.of(*(_joined(arrays, f"subjects/{name}") for name in ("text", "ends", "hashes")))
    except (LookupError, TypeError, ValueError) as error:
        raise GalleryError("the identifiers of the kept gallery are missing", source=str(error)) from error


def restore_table(arrays: Arrays, describing: Describing, people: People, folder: Path | None) -> VectorTable:
    """Return the vectors of restored people.

    Raises
    ------
    GalleryError
        When something is missing, damaged or does not fit together.
    StorageError
        When the disk is full.
    """
    table = vectors.restore(describing.layout, arrays, folder=folder)
    owners = people.owners(np.arange(len(people)))
    if len(table.view()) != len(owners) or not table.holds(owners).all():
        raise GalleryError("the vectors of the kept gallery are not those of its persons")
    return table


def _spaces(formats: Formats, preparer: Preparer) -> dict[str, str]:
    """Return by what the features of each modality are turned."""
    return {modality.value: preparer.matchers[modality].space for modality in formats}


def _described(describing: Describing | None) -> dict[str, Any] | None:
    """Return what must be the same here and where the gallery was exported."""
    if describing is None:
        return None
    blocks = [[block.name, block.dimension, block.weight] for block in describing.layout.blocks]
    return {"scheme": describing.scheme, "blocks": blocks}


def _people(arrays: Arrays) -> People:
    return People.of(kept_subjects(arrays), {name: _joined(arrays, f"persons/{name}") for name in People.NAMES})


def _column(name: str, arrays: Arrays, store: Any, persons: int) -> Column[Any]:
    column: Column[Any] = Column(store)
    for number in range(int(arrays[f"{name}/pieces"][0])):
        wanted = (*_COLUMN_ARRAYS, *store.arrays)
        column.extend({one: arrays[f"{name}/{number}/{one}"] for one in wanted})
    column.require_owners(persons)
    return column


def _require_positions(state: State) -> None:
    """Refuse persons whose positions are not those of their rows."""
    everybody = np.arange(state.count)
    positions = state.people.positions(everybody)
    for position, bit in BIT_OF.items():
        held = np.zeros(state.count, dtype=np.bool_)
        if position in state.columns:
            held[state.columns[position].owners(REFERENCE)] = True
        if (held != ((positions & bit) != 0)).any():
            raise GalleryError("persons and references of the kept gallery do not fit together", source=position.value)


def _split(name: str, array: Array) -> Iterator[tuple[str, Array]]:
    """Yield an array in pieces, and how many there are."""
    pieces = max(1, -(-array.nbytes // PIECE_BYTES))
    yield f"{name}/pieces", np.array([pieces], dtype=np.int64)
    for number, piece in enumerate(np.array_split(array, pieces)):
        yield f"{name}/{number}", piece


def _joined(arrays: Arrays, name: str) -> Array:
    pieces = int(arrays[f"{name}/pieces"][0])
    return np.concatenate([arrays[f"{name}/{number}"] for number in range(pieces)])


def _told(template_format: TemplateFormat) -> dict[str, Any]:
    return {
        "algorithm": template_format.algorithm,
        "version": template_format.version,
        "metric": template_format.metric,
        "dimension": template_format.dimension,
    }

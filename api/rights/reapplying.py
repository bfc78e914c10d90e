"""The list of erasures, kept outside: an older backup still holds whoever was erased since it was made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biometrics.errors import BiometricsError, RecordError, RecordNotFoundError, StorageError
from biometrics.files import write_whole
from enrollment.operations.rights_erasure import ErasePerson
from enrollment.rights.erasing import erase

if TYPE_CHECKING:
    from biometrics.rights.records import Erasure
    from enrollment.operations.operation import Performs

_FORMAT = "kura-erasures/1"
_LARGEST = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody who was erased, and by which basis."""

    subject_id: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reapplied:
    """Whom the list erased again, how many were not there any more, and who could not be erased, with the reason."""

    erased: tuple[str, ...]
    known: int
    refused: tuple[str, ...]


def write_list(path: Path, erasures: Iterable[Erasure]) -> None:
    """Write who was erased: identifiers that name nobody, and the basis.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    listed = [{"subject_id": subject, "basis": one.basis} for one in erasures for subject in one.subjects]
    write_whole(path, (json.dumps({"format": _FORMAT, "erased": listed}, indent=1) + "\n").encode())


def read_list(path: Path) -> tuple[Listed, ...]:
    """Read a list.

    Raises
    ------
    RecordError
        When it is none.
    StorageError
        When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content: Any = json.loads(file.read(_LARGEST))
        if content["format"] != _FORMAT:
            raise ValueError
        return tuple(Listed(subject_id=str(one["subject_id"]), basis=str(one["basis"])) for one in content["erased"])
    except OSError as error:
        raise StorageError(f"the list cannot be read: {error.strerror}", source=str(path)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(
            "this is no list of erasures", source=str(path), remedy="name what kura rights erasures --list-to wrote"
        ) from error


def reapply(call: Performs, listed: Iterable[Listed], approver: str) -> Reapplied:
    """Erase again whoever a list names and the registry still holds."""
    erased, refused, known = list[str](), list[str](), 0
    for one in listed:
        try:
            erase(call, ErasePerson(person=one.subject_id, basis=one.basis, approver=approver))
            erased.append(one.subject_id)
        except RecordNotFoundError:
            known += 1
        except BiometricsError as error:
            if error.message.startswith("nothing is kept"):
                known += 1
            else:
                refused.append(f"{one.subject_id}: {error.message}")
    return Reapplied(erased=tuple(erased), known=known, refused=tuple(refused))

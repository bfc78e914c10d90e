"""Identifiers of subjects and their numbers, both ways, without an object for each."""

from __future__ import annotations

import hashlib
import secrets
import string
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import UInt8, UInt64
from numpy.typing import NDArray

from biometrics.arrays import Ids
from biometrics.errors import GalleryError
from matching.growing import GrowingArray

Text: TypeAlias = UInt8[NDArray[np.uint8], " bytes"]
"""Identifiers in UTF-8, one after the other."""

Hashes: TypeAlias = UInt64[NDArray[np.uint64], " count"]
"""64 bits of BLAKE2b of each identifier."""

FIRST_SLOTS = 32
FULLEST = 2 / 3
"""Share of the slots of the hash table in use at most."""

SAMPLED = 1_000
"""So many identifiers are hashed again when they are read back; all of 10 million would take 10 s."""


def hash_text(text: str) -> int:
    """Return 64 bits that stand for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


class SubjectIds:
    """Gives each subject a number, counting up from 0; a number is given once and never to somebody else.

    One thread admits while others look up. Numbers are found by a hash table with linear probing, some 60 bytes a
    subject in all.
    """

    def __init__(self) -> None:
        self._text = GrowingArray(np.uint8)
        self._ends = GrowingArray(np.int64)
        self._hashes = GrowingArray(np.uint64)
        self._slots = np.zeros(FIRST_SLOTS, dtype=np.int32)  # number + 1; 0 is free

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._text.nbytes + self._ends.nbytes + self._hashes.nbytes + self._slots.nbytes

    def __getitem__(self, number: int) -> str:
        """Return the identifier of a number."""
        ends, text = self._ends.values, self._text.values
        start = int(ends[number - 1]) if number else 0
        return str(text[start : int(ends[number])].tobytes(), "utf-8")

    def number(self, subject_id: str) -> int | None:
        """Return the number of a subject; None when it has none."""
        return self._find(subject_id, hash_text(subject_id))

    def _find(self, subject_id: str, hashed: int) -> int | None:
        slots, hashes = self._slots, self._hashes.values
        place, mask = hashed & (len(slots) - 1), len(slots) - 1
        while entry := int(slots[place]):
            # An entry beyond the hashes came after these were taken: it is somebody else's, or not there yet.
            if entry <= len(hashes) and int(hashes[entry - 1]) == hashed and self[entry - 1] == subject_id:
                return entry - 1
            place = (place + 1) & mask
        return None

    def admit(self, subject_id: str) -> int:
        """Return the number of a subject, giving one to a newcomer."""
        hashed = hash_text(subject_id)
        known = self._find(subject_id, hashed)
        if known is not None:
            return known
        number = len(self)
        if number + 1 > FULLEST * len(self._slots):
            self._slots = _placed(self._hashes.values, 2 * len(self._slots))
        self._text.extend(np.frombuffer(subject_id.encode(), dtype=np.uint8))
        self._ends.append(len(self._text))
        self._hashes.append(hashed)
        mask = len(self._slots) - 1
        place = hashed & mask
        while self._slots[place]:
            place = (place + 1) & mask
        self._slots[place] = number + 1
        return number

    def erase(self, number: int) -> None:
        """Write a name without meaning over an identifier, as long as it was; nobody is found by either any more."""
        ends, text, hashes = self._ends.values, self._text.values, self._hashes.values
        start, end = int(ends[number - 1]) if number else 0, int(ends[number])
        while True:
            name = "".join(secrets.choice(string.ascii_lowercase) for _ in range(end - start))
            if not (hashes == np.uint64(hash_text(name))).any():
                break
        text[start:end] = np.frombuffer(name.encode(), dtype=np.uint8)
        hashes[number] = hash_text(name)

    def arrays(self, count: int) -> tuple[Text, Ids, Hashes]:
        """Return the text of the first `count` identifiers, where each ends in it, and their hashes."""
        ends = self._ends.values[:count]
        return self._text.values[: int(ends[-1]) if count else 0], ends, self._hashes.values[:count]

    @classmethod
    def of(cls, text: NDArray[Any], ends: NDArray[Any], hashes: NDArray[Any]) -> SubjectIds:
        """Return the identifiers that `arrays` gave.

        Raises
        ------
        GalleryError
            When they contradict each other, or two are equal.
        """
        _require_whole(text, ends, hashes)
        made = cls()
        made._text.extend(text)
        made._ends.extend(ends)
        made._hashes.extend(hashes)
        for number in np.unique(np.linspace(0, len(ends) - 1, min(len(ends), SAMPLED)).astype(np.int64)):
            if hash_text(made[int(number)]) != int(hashes[number]):
                raise GalleryError("an identifier and its hash differ", source=f"subject number {number}")
        slots = FIRST_SLOTS
        while len(ends) > FULLEST * slots:
            slots *= 2
        made._slots = _placed(made._hashes.values, slots)
        return made


def _require_whole(text: NDArray[Any], ends: NDArray[Any], hashes: NDArray[Any]) -> None:
    if text.dtype != np.uint8 or ends.dtype != np.int64 or hashes.dtype != np.uint64:
        raise GalleryError("the identifiers of subjects are of another kind of numbers")
    lengths = np.diff(ends, prepend=0)
    covered = int(ends[-1]) if len(ends) else 0
    if len(ends) != len(hashes) or covered != len(text) or int(lengths.min(initial=1)) < 1:
        raise GalleryError("the identifiers of subjects do not fit together")
    if len(np.unique(hashes)) != len(hashes):
        raise GalleryError("two subjects have one identifier")
    try:
        text.tobytes().decode()
    except UnicodeDecodeError as error:
        raise GalleryError("the identifiers of subjects cannot be read") from error


def _placed(hashes: Hashes, size: int) -> NDArray[Any]:
    """Return a hash table of `size` slots, a power of two, that holds the numbers of all hashes."""
    slots = np.zeros(size, dtype=np.int32)
    waiting = np.arange(len(hashes))
    places = (hashes & np.uint64(size - 1)).astype(np.int64)
    while len(waiting):
        free = slots[places] == 0
        # Of several that want one free slot the last written has it; the others look on.
        slots[places[free]] = waiting[free] + 1
        seated = slots[places] == waiting + 1
        waiting, places = waiting[~seated], (places[~seated] + 1) & (size - 1)
    return slots

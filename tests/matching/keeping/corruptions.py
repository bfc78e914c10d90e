"""Everything that can happen to the files of a snapshot: by accident, by a mixed-up restore, or on purpose."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any, TypeAlias

from matching.keeping.manifest import MANIFEST_NAME, _canonical, _readable

Files: TypeAlias = dict[str, bytes]
"""The files of a snapshot by name."""

PAGE_BYTES = 512


class Corrupter:
    """Changes the files of a snapshot, one kind of accident or attack at a time.

    Parameters
    ----------
    chance
        Where all choices come from.
    older
        Files of the snapshot of the same gallery that was written before, under the same key.
    foreign
        Files of another gallery's snapshot under the same key.
    """

    def __init__(self, chance: random.Random, older: Files, foreign: Files) -> None:
        self._chance, self._others = chance, (older, foreign)
        self.kinds: tuple[Callable[[Files], None], ...] = (
            self.flip_bits,
            self.truncate,
            self.append,
            self.zero_pages,
            self.insert,
            self.cut_out,
            self.repeat,
            self.swap_files,
            self.swap_ranges,
            self.take_file,
            self.take_range,
            self.lose_file,
            self.rename_file,
            self.empty_file,
            self.edit_manifest,
            self.forge_manifest,
        )

    def flip_bits(self, files: Files) -> None:
        """A memory or a disk turns one bit, or a few."""
        for _ in range(self._chance.choice((1, 1, 1, 2, 8))):
            name, data = self._any(files)
            if data:
                data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
            files[name] = bytes(data)

    def truncate(self, files: Files) -> None:
        """A file ends early."""
        name, data = self._any(files)
        files[name] = bytes(data[: self._chance.randrange(len(data) + 1)])

    def append(self, files: Files) -> None:
        """A file goes on behind its end."""
        name, data = self._any(files)
        files[name] = bytes(data) + self._chance.randbytes(self._chance.choice((1, 16, 80)))

    def zero_pages(self, files: Files) -> None:
        """Pages that never came to the disk read as zeros."""
        name, data = self._any(files)
        start = self._chance.randrange(len(data) // PAGE_BYTES + 1) * PAGE_BYTES
        end = min(start + PAGE_BYTES * self._chance.choice((1, 2, 8)), len(data))
        data[start:end] = bytes(end - start)
        files[name] = bytes(data)

    def insert(self, files: Files) -> None:
        """Bytes appear in the middle."""
        name, data = self._any(files)
        at = self._chance.randrange(len(data) + 1)
        files[name] = bytes(data[:at]) + self._chance.randbytes(self._chance.choice((1, 2, 16))) + bytes(data[at:])

    def cut_out(self, files: Files) -> None:
        """Bytes disappear from the middle."""
        name, data = self._any(files)
        start, end = self._range(data)
        files[name] = bytes(data[:start] + data[end:])

    def repeat(self, files: Files) -> None:
        """A range is written over another of the same file."""
        name, data = self._any(files)
        start, end = self._range(data)
        at = self._chance.randrange(len(data) - (end - start) + 1)
        data[at : at + end - start] = data[start:end]
        files[name] = bytes(data)

    def swap_files(self, files: Files) -> None:
        """Two files take each other's names."""
        one, other = self._chance.sample(sorted(files), 2)
        files[one], files[other] = files[other], files[one]

    def swap_ranges(self, files: Files) -> None:
        """Two pieces of a file change places, to the byte."""
        name, data = self._any(files)
        length = self._chance.choice((80, 16, 64, 160))
        if len(data) >= 2 * length:
            places = range(0, len(data) - length + 1, length)
            one, other = self._chance.sample(places, 2)
            first = data[one : one + length]
            data[one : one + length] = data[other : other + length]
            data[other : other + length] = first
        files[name] = bytes(data)

    def take_file(self, files: Files) -> None:
        """A restore brings back some file of another snapshot."""
        other = self._chance.choice(self._others)
        name = self._chance.choice(sorted(files.keys() & other.keys()))
        files[name] = other[name]

    def take_range(self, files: Files) -> None:
        """Part of a file is that of another snapshot."""
        other = self._chance.choice(self._others)
        name = self._chance.choice(sorted(files.keys() & other.keys()))
        data, theirs = bytearray(files[name]), other[name]
        start, end = self._range(bytearray(theirs))
        data[start:end] = theirs[start:end]
        files[name] = bytes(data)

    def lose_file(self, files: Files) -> None:
        """A file is gone."""
        del files[self._chance.choice(sorted(files))]

    def rename_file(self, files: Files) -> None:
        """A file has another name."""
        name = self._chance.choice(sorted(files))
        files[self._chance.choice(("part-99999.sealed", f"{name}.old", name.upper(), "x"))] = files.pop(name)

    def empty_file(self, files: Files) -> None:
        """A file was made but never filled, or one too many was."""
        files[self._chance.choice((*sorted(files), "part-00077.sealed", ".hidden"))] = b""

    def edit_manifest(self, files: Files) -> None:
        """Somebody changes a value in the manifest, as an editor would."""
        document = json.loads(files[MANIFEST_NAME])
        self._edit(document)
        files[MANIFEST_NAME] = _readable(document)

    def forge_manifest(self, files: Files) -> None:
        """Somebody changes the manifest, and perhaps files, and makes every digest that needs no key fit."""
        if self._chance.random() < 0.5:
            self.flip_bits(files)
        try:
            document = json.loads(files[MANIFEST_NAME])
            self._edit(document["body"])
            for part in document["body"]["parts"]:
                data = files[part["file"]]
                part |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            document["sha256"] = hashlib.sha256(_canonical(document["body"])).hexdigest()
            files[MANIFEST_NAME] = _readable(document)
        except (ValueError, LookupError, TypeError):
            pass  # the bits that were turned, or the edit, left nothing to make fit

    def _edit(self, values: Any) -> None:
        """Change one value somewhere in a JSON document."""
        while True:
            if isinstance(values, dict) and values:
                key: Any = self._chance.choice(sorted(values))
            elif isinstance(values, list) and values:
                key = self._chance.randrange(len(values))
            else:
                return
            deeper = values[key]
            if isinstance(deeper, dict | list) and deeper and self._chance.random() < 0.9:
                values = deeper
                continue
            values[key] = self._other(deeper)
            return

    def _other(self, value: Any) -> Any:
        if isinstance(value, bool) or value is None:
            return 0
        if isinstance(value, int):
            return value + self._chance.choice((-1, 1, 64, -value, 2**40))
        if isinstance(value, float):
            return value + 1
        if isinstance(value, str):
            return self._chance.choice(("", value[::-1], value + "0", "0" * len(value), "../" + value))
        return None

    def _any(self, files: Files) -> tuple[str, bytearray]:
        name = self._chance.choice(sorted(files))
        return name, bytearray(files[name])

    def _range(self, data: bytearray) -> tuple[int, int]:
        start = self._chance.randrange(len(data) + 1)
        return start, min(start + self._chance.choice((1, 16, 80, 400)), len(data))

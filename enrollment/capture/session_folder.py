"""A capture session on disk, so that a station that loses power goes on where the last outcome was told.

Pictures lie under their digests and are written first; `session.json` names them and replaces the one before it as a
whole; pictures that it does not name are removed last. Whatever moment the power is lost, what `session.json` names is
there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from biometrics.arrays import Pixels
from biometrics.errors import ImageFormatError, StorageError
from biometrics.files import write_whole
from biometrics.image_writing import encode_png
from biometrics.images import decode_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from enrollment.capture.consistency import contradiction
from enrollment.capture.state import SessionState
from enrollment.capture.state_document import read_state, write_state
from enrollment.capture.taking import TakenSample
from enrollment.preparation import Extractors

STATE_FILE = "session.json"
_PICTURE = ".picture"
_ANEW = "capture the person anew"

Seal: TypeAlias = Callable[[bytes], bytes]
"""Turns a file's content into what is written, or back."""


def as_it_is(data: bytes) -> bytes:
    """Return the data unsealed."""
    return data


class SessionFolder:
    """Keeps one session in a folder that only its owner may read.

    Parameters
    ----------
    path
        The folder; it is made when something is kept.
    seal, unseal
        Put between what is kept and what is written, by a station that has a key.
    """

    def __init__(self, path: Path, *, seal: Seal = as_it_is, unseal: Seal = as_it_is) -> None:
        self.path = path
        self._seal, self._unseal = seal, unseal
        self._named: dict[int, tuple[Pixels, str]] = {}

    @property
    def holds_session(self) -> bool:
        """Whether there is a session to go on with."""
        return (self.path / STATE_FILE).is_file()

    def keep(self, state: SessionState) -> None:
        """Keep where a session stands; afterwards, no loss of power loses it.

        Raises
        ------
        StorageError
            When it cannot be written; what was kept before is then still there, or this is, whole.
        """
        used: dict[int, tuple[Pixels, str]] = {}

        def name_picture(sample: BiometricSample) -> str:
            key = id(sample.pixels)
            used[key] = self._named.get(key) or (sample.pixels, self._write_picture(sample))
            return used[key][1]

        self._make_folder()
        document = write_state(state, name_picture)
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        write_whole(self.path / STATE_FILE, self._seal(text.encode()))
        self._named = used
        self._settle()
        self._remove_others({name for _, name in used.values()})

    def load(self, extractors: Extractors) -> SessionState:
        """Return where the session stood, with everything extracted anew.

        Raises
        ------
        StorageError
            When there is none, it is damaged, or a picture is.
        ProcessingError
            When a model fails.
        """
        try:
            document = json.loads(self._unseal((self.path / STATE_FILE).read_bytes()))
        except FileNotFoundError as error:
            raise StorageError("there is no kept session", source=str(self.path), remedy=_ANEW) from error
        except (OSError, ValueError, RecursionError) as error:
            raise StorageError("the kept session cannot be read", source=str(self.path), remedy=_ANEW) from error
        try:
            with ThreadPoolExecutor(thread_name_prefix="resume") as pool:
                entries = {entry["picture"]: entry for entry in _sample_entries(document)}
                read = {name: pool.submit(self._sample, entry, extractors) for name, entry in entries.items()}
                state = read_state(document, lambda entry: _as_entered(read[entry["picture"]].result(), entry))
        except StorageError as error:
            raise error.at(str(self.path)) from error.__cause__
        told = contradiction(state)
        if told is not None:
            raise StorageError(f"the kept session contradicts itself: {told}", source=str(self.path), remedy=_ANEW)
        return state

    def erase(self) -> None:
        """Remove the session and its pictures, once they lie elsewhere or are not wanted, and nothing else.

        Raises
        ------
        StorageError
            When something stays.
        """
        try:
            (self.path / STATE_FILE).unlink(missing_ok=True)
            # Among them what a loss of power left of files that were being written.
            for path in (*self.path.glob(f"*{_PICTURE}"), *self._unfinished()):
                path.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                if not any(self.path.iterdir()):
                    self.path.rmdir()
        except OSError as error:
            raise StorageError(
                f"the kept session cannot be removed: {error.strerror}",
                source=str(self.path),
                remedy="remove it by hand",
            ) from error
        self._named = {}

    def _unfinished(self) -> Iterator[Path]:
        for name in (f"*{_PICTURE}", STATE_FILE):
            yield from self.path.glob(f".{name}.*")

    def _make_folder(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"the folder cannot be made: {error.strerror}", source=str(self.path), remedy="name another one"
            ) from error

    def _write_picture(self, sample: BiometricSample) -> str:
        data = encode_png(sample.pixels, sample.ppi, simulated=sample.simulated)
        name = hashlib.sha256(data).hexdigest()
        write_whole(self.path / f"{name}{_PICTURE}", self._seal(data))
        return name

    def _remove_others(self, names: set[str]) -> None:
        for path in self.path.glob(f"*{_PICTURE}"):
            if path.stem not in names:
                with suppress(OSError):  # the next state tries again
                    path.unlink()

    def _settle(self) -> None:
        """Have the entries of the folder on disk: the new state's before pictures of the old one go."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StorageError(
                f"the folder cannot be written: {error.strerror}", source=str(self.path), remedy="check the disk"
            ) from error

    def _sample(self, entry: Mapping[str, Any], extractors: Extractors) -> TakenSample:
        name = str(entry["picture"])
        damaged = StorageError("a kept picture is missing or damaged", source=str(self.path), remedy=_ANEW)
        try:
            data = self._unseal((self.path / f"{name}{_PICTURE}").read_bytes())
            if hashlib.sha256(data).hexdigest() != name:
                raise damaged
            picture = decode_image(data, source=name)
            if picture.simulated is not entry["simulated"]:
                raise damaged
        except (OSError, ImageFormatError) as error:
            raise damaged from error
        sample = BiometricSample(
            position=Position(entry["position"]),
            pixels=picture.pixels,
            ppi=entry["ppi"],
            captured_at=datetime.fromisoformat(entry["captured_at"]),
            device=str(entry["device"]),
            simulated=bool(entry["simulated"]),
        )
        self._named[id(picture.pixels)] = (picture.pixels, name)
        extraction = extractors.of(sample.modality).extract(sample)
        return TakenSample(sample=sample, extraction=extraction, device_quality=entry["device_quality"])


def _as_entered(one: TakenSample, entry: Mapping[str, Any]) -> TakenSample:
    """Return a sample as an entry has it: the same picture may stand in two tries, or have been given twice."""
    sample = replace(one.sample, captured_at=datetime.fromisoformat(entry["captured_at"]), device=str(entry["device"]))
    entered = replace(one, sample=sample, device_quality=entry["device_quality"])
    return entered.named(Position(entry["position"]))


def _sample_entries(document: Any) -> list[Mapping[str, Any]]:
    try:
        held = [one[name] for one in document["steps"] for name in ("best", "pending") if one[name] is not None]
        entries = [entry for one in held for entry in one["samples"]]
        if not all(isinstance(entry["picture"], str) for entry in entries):
            raise TypeError
        return entries
    except (KeyError, TypeError) as error:
        raise StorageError("the kept session is damaged", remedy=_ANEW) from error

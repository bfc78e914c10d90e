"""Files that persons of an import name: found, checked, and stored before the section that records who they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from biometrics.errors import ImageFormatError, PersonDataError, SampleError
from biometrics.images import decode_image, read_file
from biometrics.interchange import minutiae_reading
from biometrics.interchange.cbeff import CbeffRecord
from biometrics.interchange.cbeff_pictures import WrappedPicture, unwrap_picture
from biometrics.interchange.cbeff_reading import read_cbeff
from biometrics.people.exceptions import unexplained
from biometrics.positions import Modality
from biometrics.quality import QualityScore
from biometrics.records import QUALITY_NOT_RECORDED, EncounterStatus, StoredSample
from biometrics.samples import check_ppi
from registry.failures import file_error
from registry.people_exceptions import surely_under_age
from registry.transfer.person import ExchangedEncounter, ExchangedPerson

SAMPLES = "samples"
_CBEFF_QUALITY = "cbeff"
_COPY_AGAIN = "copy it again from its origin"


def sample_path(folder: Path, sha256: str) -> Path:
    """Return where a sample lies in an exchange folder."""
    return folder / SAMPLES / sha256[:2] / sha256[2:4] / sha256


def prepare_person(person: ExchangedPerson, folder: Path, keep: Callable[[bytes], str]) -> ExchangedPerson:
    """Store all files a person names, and return the person with the samples that CBEFF files hold.

    Raises
    ------
    BiometricsError
        When a file is missing, is not what its digest says, is no picture, or a person without biometrics lacks what
        explains it.
    """
    loaded = [_load(one, folder) for one in person.encounters]
    prepared = replace(person, encounters=tuple(one for one, _ in loaded))
    held = {digest: data for _, pictures in loaded for digest, data in pictures.items()}
    simulated = person.subject.simulated
    pictured = {sample.sha256 for one in prepared.encounters for sample in one.encounter.samples}
    for digest in prepared.sample_digests:
        data = held[digest] if digest in held else _read_sample(folder, digest)
        if digest in pictured and decode_image(data, source=digest).simulated and not simulated:
            raise SampleError("a real person has a simulated sample", source=digest, remedy="say simulated of both")
        keep(data)
    for one in prepared.encounters:
        _require_explained(prepared, one)
    return prepared


def _read_sample(folder: Path, sha256: str) -> bytes:
    path = sample_path(folder, sha256)
    if not path.exists():
        raise ImageFormatError("the exchange lacks this sample", source=sha256, remedy=f"put it into {SAMPLES}/")
    data = read_file(path)
    if _digest(data) != sha256:
        raise ImageFormatError("the sample is not what its name says", source=sha256, remedy=_COPY_AGAIN)
    return data


def _load(one: ExchangedEncounter, folder: Path) -> tuple[ExchangedEncounter, dict[str, bytes]]:
    """Return an encounter with the samples of its CBEFF file, and their bytes; as it is where it has none."""
    if one.cbeff is None:
        return one, {}
    records = list(_records(one.cbeff, folder))
    pictures = {_digest(picture.data): picture for picture in map(unwrap_picture, records)}
    samples = one.encounter.samples or tuple(_sample(digest, picture, one) for digest, picture in pictures.items())
    # A sample that is an image record itself lies in the file as it is, all others within one.
    held = {_digest(record.data): record.data for record in records}
    held |= {digest: picture.data for digest, picture in pictures.items()}
    named = {sample.sha256 for sample in samples}
    if not named <= held.keys():
        message = "the CBEFF file lacks a sample of its encounter"
        raise ImageFormatError(message, source=min(named - held.keys()), remedy=_COPY_AGAIN)
    if not {reference.sample_sha256 for reference in one.references} <= named | {None}:
        raise PersonDataError("a reference names a sample that its encounter does not have")
    loaded = replace(one, encounter=replace(one.encounter, samples=samples), cbeff=None)
    return loaded, held


def _records(name: str, folder: Path) -> Iterator[CbeffRecord]:
    """Yield the pictures of fingers and faces in a CBEFF file within the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise PersonDataError("a CBEFF file lies outside the exchange folder", remedy="put it into the folder")
    try:
        with path.open("rb") as file:
            yield from filter(_shows_picture, read_cbeff(file))
    except FileNotFoundError:
        raise ImageFormatError("the exchange lacks this CBEFF file", source=name, remedy=_COPY_AGAIN) from None
    except OSError as error:
        raise file_error(error, path) from error
    except ImageFormatError as error:
        raise error.at(name) from error.__cause__


def _shows_picture(record: CbeffRecord) -> bool:
    """Tell whether a record holds a picture, and not minutiae, another modality, or nothing because of an exception."""
    return record.position is not None and bool(record.data) and not record.data.startswith(minutiae_reading.START)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sample(digest: str, picture: WrappedPicture, one: ExchangedEncounter) -> StoredSample:
    """Return what a picture of a CBEFF file is as a sample; its resolution is the record's, else the file's."""
    is_finger = picture.position.modality is Modality.FINGER
    ppi = picture.ppi
    if is_finger and ppi is None:
        ppi = decode_image(picture.data, source=digest).ppi
    quality = QUALITY_NOT_RECORDED
    if picture.quality is not None:
        quality = QualityScore(value=picture.quality, algorithm=_CBEFF_QUALITY)
    return StoredSample(
        sha256=digest,
        position=picture.position,
        ppi=check_ppi(ppi) if is_finger else None,
        captured_at=picture.captured_at or one.encounter.recorded_at,
        quality=quality,
        simulated=picture.simulated,
    )


def _require_explained(person: ExchangedPerson, one: ExchangedEncounter) -> None:
    """Refuse an encounter without biometrics, unless of a child with a guardian, or with exceptions for everything."""
    if one.encounter.samples or one.references or one.encounter.status is EncounterStatus.RETIRED:
        return
    guarded = any(held.ended_at is None for held in person.file.guardians)
    current = person.file.current
    if guarded and current is not None and surely_under_age(current.record, one.encounter.recorded_at):
        return
    granted = [held for held in person.file.exceptions if held.encounter_id == one.encounter.encounter_id]
    excepted = {position for held in granted for position in held.exception.positions}
    lacking = unexplained(excepted)
    if lacking:
        names = " and ".join(modality.value for modality in lacking)
        raise PersonDataError(
            f"an encounter has no biometrics, and nothing explains that of {names}",
            remedy="leave the encounter out, or give exceptions, or a birth date under 15 and a guardian",
        )

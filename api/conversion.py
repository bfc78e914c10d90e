"""Fingerprints from one interchange format to another: pictures, image records, minutiae records."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import ImageFormatError, SampleError, TemplateError
from biometrics.extraction import Extractor
from biometrics.images import decode_finger_image, decode_image
from biometrics.interchange import finger_image_reading, minutiae_reading, wsq
from biometrics.interchange.codes import Impression
from biometrics.interchange.encoding import encode_finger, relabel_wsq
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.pictures import DecodedPicture
from biometrics.positions import Position
from biometrics.samples import BiometricSample, check_ppi, now_utc


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Print:
    """One picture of a finger, with its bytes where they stand for themselves, and what its record says of it."""

    picture: DecodedPicture
    data: bytes
    position: Position = Position.UNKNOWN
    impression: Impression = Impression.UNKNOWN
    quality: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """What a file held: pictures or minutiae."""

    prints: tuple[Print, ...] = ()
    minutiae: MinutiaeRecord | None = None
    notes: tuple[str, ...] = ()
    simulated: bool = False


def read_source(data: bytes) -> Source:
    """Read whatever Kura reads of a finger.

    Raises
    ------
    SampleError, TemplateError
        When it is neither a picture nor a record, or a damaged one.
    """
    if data.startswith(minutiae_reading.START):
        record = minutiae_reading.read_minutiae_record(data)
        return Source(minutiae=record, notes=record.notes, simulated=record.simulated)
    if not data.startswith(finger_image_reading.START):
        image = decode_image(data)
        picture = DecodedPicture(pixels=image.pixels, ppi=image.ppi, notes=image.notes, simulated=image.simulated)
        return Source(prints=(Print(picture=picture, data=data),), notes=image.notes, simulated=image.simulated)
    images = finger_image_reading.read_finger_image_record(data)
    prints = tuple(
        Print(
            picture=decode_finger_image(image),
            data=image.data,
            position=image.position,
            impression=image.impression,
            quality=image.quality,
        )
        for image in images.images
    )
    notes = dict.fromkeys((*images.notes, *(note for one in prints for note in one.picture.notes)))
    simulated = images.simulated or any(one.picture.simulated for one in prints)
    return Source(prints=prints, notes=tuple(notes), simulated=simulated)


def chosen_view(source: Source, view: int) -> Source:
    """Return a source with one of its fingers only, counted from 1.

    Raises
    ------
    SampleError
        When it has fewer.
    """
    fingers = len(source.prints) if source.minutiae is None else len(source.minutiae.views)
    if view > fingers:
        raise SampleError(f"there is no finger {view}: the file holds {fingers}", remedy="see kura inspect")
    if source.minutiae is None:
        return replace(source, prints=source.prints[view - 1 : view])
    return replace(source, minutiae=replace(source.minutiae, views=source.minutiae.views[view - 1 : view]))


def described(source: Source, position: Position, ppi: float | None) -> Source:
    """Return a source with the position of fingers that are unknown, and the resolution of all pictures, if given.

    Raises
    ------
    ResolutionError
        When the given one, or the one that a picture states, is no scanner's: whoever read it again would refuse it.
    """
    prints = tuple(
        replace(
            one,
            position=position if one.position is Position.UNKNOWN else one.position,
            picture=replace(one.picture, ppi=_possible(one.picture.ppi if ppi is None else ppi)),
        )
        for one in source.prints
    )
    record = source.minutiae
    if record is not None:
        views = tuple(
            replace(view, position=position) if view.position is Position.UNKNOWN else view for view in record.views
        )
        record = replace(record, views=views)
    return replace(source, prints=prints, minutiae=record)


def _possible(ppi: float | None) -> float | None:
    return None if ppi is None else check_ppi(ppi)


def to_picture(source: Source, compression: Compression) -> bytes:
    """Return the one picture of a source, encoded.

    Raises
    ------
    SampleError
        When it has none or several, or one in colour.
    """
    if source.minutiae is not None:
        raise SampleError("a minutiae record holds no picture", remedy="convert it to another minutiae record")
    if len(source.prints) != 1:
        raise SampleError(f"the file holds {len(source.prints)} pictures", remedy="choose one with --view")
    return _encoded(source.prints[0], compression, simulated=source.simulated)


def to_image_record(source: Source, standard: FingerImageStandard, compression: Compression) -> bytes:
    """Return the pictures of a source as a finger image record.

    Raises
    ------
    SampleError
        When it has none, one in colour, or one whose resolution nobody knows.
    """
    if source.minutiae is not None:
        raise SampleError("a minutiae record holds no picture", remedy="convert it to another minutiae record")
    images = tuple(
        FingerImage(
            position=one.position,
            width=one.picture.pixels.shape[1],
            height=one.picture.pixels.shape[0],
            compression=compression,
            data=_encoded(one, compression, simulated=source.simulated),
            ppi=one.picture.ppi,
            impression=one.impression,
            quality=one.quality,
        )
        for one in source.prints
    )
    record = FingerImageRecord(standard=standard, images=images, simulated=source.simulated)
    return write_finger_image_record(record)


def rewritten(record: MinutiaeRecord, standard: MinutiaeStandard) -> tuple[bytes, MinutiaeRecord]:
    """Return a minutiae record as another standard writes it, as bytes and as what they say.

    Raises
    ------
    TemplateError
        When the standard cannot say what there is.
    """
    other = replace(record, standard=standard)
    return write_minutiae_record(other), other


def extracted(source: Source, standard: MinutiaeStandard, extractor: Extractor) -> tuple[bytes, MinutiaeRecord]:
    """Return the minutiae found in the pictures of a source as a record, as bytes and as what they say.

    Raises
    ------
    SampleError, TemplateError
        When a picture yields no template, or its resolution is missing or impossible.
    """
    views = tuple(_extracted(one, extractor, simulated=source.simulated) for one in source.prints)
    return rewritten(MinutiaeRecord(standard=standard, views=views, simulated=source.simulated), standard)


def _extracted(one: Print, extractor: Extractor, *, simulated: bool) -> FingerView:
    picture = one.picture
    sample = BiometricSample(
        position=one.position, pixels=picture.pixels, ppi=picture.ppi, captured_at=now_utc(), simulated=simulated
    )
    extraction = extractor.extract(sample)
    template = extraction.template
    if template is None:
        advice = "; ".join(reason.advice for reason in extraction.reasons)
        raise TemplateError("no template comes of the picture", remedy=advice)
    return FingerView(
        position=one.position,
        minutiae=template.minutiae,
        impression=one.impression,
        quality=template.quality.value,
    )


def _encoded(one: Print, compression: Compression, *, simulated: bool) -> bytes:
    """Return a picture in an encoding; one that is WSQ already is not coded again, since every pass loses something."""
    picture = one.picture
    if compression is Compression.WSQ and one.data.startswith(wsq.START):
        return relabel_wsq(one.data, picture.ppi, simulated=simulated and not picture.simulated)
    return encode_finger(_gray(picture.pixels), compression, picture.ppi, simulated=simulated)


def _gray(pixels: Pixels) -> GrayPixels:
    if pixels.ndim == 2:
        return pixels
    if (np.ptp(pixels, axis=2) > 0).any():
        raise ImageFormatError("the picture is in colour; fingerprint formats are grey", remedy="convert it to grey")
    return np.ascontiguousarray(pixels[:, :, 0])

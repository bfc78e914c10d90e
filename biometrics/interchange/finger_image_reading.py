"""Reading finger image records tolerantly, without decoding their pictures.

All numbers are unsigned and big-endian. `docs/formats.md` shows both layouts side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from biometrics.errors import ImageFormatError
from biometrics.interchange.codes import SIMULATED_MARK, Impression, position_of
from biometrics.interchange.extended import split_extended
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.reader import ByteReader
from biometrics.positions import Position

START = b"FIR\x00"
"""What every finger image record begins with."""

_PER_UNIT = {1: 1.0, 2: 2.54}
"""Pixels per inch by the unit of a resolution: inch and centimetre."""

_SQUARE = 0.01
"""Relative difference of two resolutions of one picture."""

_MOST_PICTURES = 255
"""Sixteen of each finger and the slaps are 200; more is made to keep readers busy."""


def read_finger_image_record(data: bytes) -> FingerImageRecord:
    """Take a finger image record apart, without decoding its pictures.

    Raises
    ------
    ImageFormatError
        When it is none, ends within a field, holds no picture, or one of an unknown kind.
    """
    try:
        return _read(data)
    except ImageFormatError as error:
        raise error.advising("copy it again from its origin") from error.__cause__


def _read(data: bytes) -> FingerImageRecord:
    reader = ByteReader(data, "the finger image record", ImageFormatError)
    if reader.take(4, "its identifier") != START:
        raise ImageFormatError("this is not a finger image record")
    version = reader.take(4, "its version")
    if version not in _PARSERS:
        raise ImageFormatError(
            f"finger image records of version {version!r} are not supported",
            remedy="give one of ISO/IEC 19794-4:2005 or 2011",
        )
    standard, parse = _PARSERS[version]
    parsed = _Parsed()
    declared = parse(reader, parsed)
    if reader.remaining:
        parsed.notes.append(f"{reader.remaining} bytes behind the last picture are ignored")
    if declared != len(data):
        parsed.notes.append(f"the record says it has {declared} bytes, but it has {len(data)}")
    return FingerImageRecord(
        standard=standard,
        images=tuple(parsed.images),
        notes=tuple(dict.fromkeys(parsed.notes)),
        simulated=parsed.simulated,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Parsed:
    images: list[FingerImage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    simulated: bool = False

    def add(self, image: FingerImage) -> None:
        if len(self.images) == _MOST_PICTURES:
            raise ImageFormatError(f"the finger image record holds more than {_MOST_PICTURES} pictures")
        self.images.append(image)

    def position(self, code: int) -> Position:
        position = position_of(code)
        if position is None:
            self.notes.append(f"position {code} is no single finger's; taken for unknown")
        return position or Position.UNKNOWN

    def look_at_extended(self, area: bytes) -> None:
        """Note the blocks of extended data; of what is in them only the mark of simulated fingers counts."""
        blocks = split_extended(area)
        if blocks is None:
            self.notes.append(f"{len(area)} bytes of extended data of unknown structure are left out")
        for kind, body in blocks or ():
            if body.startswith(SIMULATED_MARK):
                self.simulated = True
            else:
                self.notes.append(f"extended data of type {kind:04X} ({len(body)} bytes) are left out")


def _iso_2005(reader: ByteReader, parsed: _Parsed) -> int:
    """ISO/IEC 19794-4:2005, 7.1 and 7.2."""
    declared = reader.number(6, "its length")
    reader.take(4, "the capture device and acquisition level")
    fingers, units = reader.number(1, "the number of fingers"), reader.number(1, "the scale units")
    reader.take(4, "the scanner's resolution")
    ppi = _ppi(units, reader.number(2, "the resolution"), reader.number(2, "the resolution"))
    compression = _compression(reader.number(1, "the depth"), reader.number(1, "the compression"))
    reader.take(2, "reserved bytes")
    while reader.remaining:
        part = reader.part(max(0, reader.number(4, "the length of a picture") - 4), "a picture")
        position = parsed.position(part.number(1, "a finger position"))
        part.take(2, "the number of views")
        quality = _quality(part.number(1, "a quality"))
        impression = Impression.from_code(part.number(1, "an impression type"))
        width, height = part.number(2, "the size of a picture"), part.number(2, "the size of a picture")
        part.take(1, "a reserved byte")
        parsed.add(
            FingerImage(
                position=position,
                width=width,
                height=height,
                compression=compression,
                data=part.take(part.remaining, "a picture"),
                ppi=ppi,
                impression=impression,
                quality=quality,
            )
        )
    if len({image.position for image in parsed.images}) != fingers and len(parsed.images) != fingers:
        parsed.notes.append(f"the record says it has {fingers} fingers, but it has {len(parsed.images)} pictures")
    return declared


def _iso_2011(reader: ByteReader, parsed: _Parsed) -> int:
    """ISO/IEC 19794-4:2011, 8.2 and 8.3."""
    declared = reader.number(4, "its length")
    count, certified = reader.number(2, "the number of pictures"), reader.number(1, "the certification flag")
    reader.take(1, "the number of fingers")
    for _ in range(count):
        part = reader.part(max(0, reader.number(4, "the length of a picture") - 4), "a picture")
        part.take(14, "the capture date and device")
        qualities = part.take(5 * part.number(1, "the number of qualities"), "the qualities")
        if certified:
            part.take(3 * part.number(1, "the number of certificates"), "the certificates")
        position = parsed.position(part.number(1, "a finger position"))
        part.take(1, "the number of a picture")
        units = part.number(1, "the scale units")
        part.take(4, "the scanner's resolution")
        ppi = _ppi(units, part.number(2, "the resolution"), part.number(2, "the resolution"))
        compression = _compression(part.number(1, "the depth"), part.number(1, "the compression"))
        impression = Impression.from_code(part.number(1, "an impression type"))
        width, height = part.number(2, "the size of a picture"), part.number(2, "the size of a picture")
        parsed.add(
            FingerImage(
                position=position,
                width=width,
                height=height,
                compression=compression,
                data=part.take(part.number(4, "the length of a picture"), "a picture"),
                ppi=ppi,
                impression=impression,
                quality=_quality(qualities[0]) if qualities else None,
            )
        )
        parsed.look_at_extended(part.take(part.remaining, "the extended data"))
    return declared


_PARSERS: dict[bytes, tuple[FingerImageStandard, Callable[[ByteReader, _Parsed], int]]] = {
    b"010\x00": (FingerImageStandard.ISO_2005, _iso_2005),
    b"020\x00": (FingerImageStandard.ISO_2011, _iso_2011),
}
"""By version number; each reads what follows it, and returns the length that the record says it has."""


def _ppi(units: int, across: int, down: int) -> float | None:
    scale = _PER_UNIT.get(units)
    if scale is None or min(across, down) == 0 or abs(across - down) > _SQUARE * across:
        return None
    return round(across * scale, 1)


def _compression(depth: int, code: int) -> Compression:
    if code not in {one.value for one in Compression}:
        raise ImageFormatError(f"the finger image record's compression {code} does not exist")
    compression = Compression(code)
    if compression in (Compression.RAW, Compression.RAW_PACKED) and depth != 8:
        raise ImageFormatError(
            f"raw pixels of {depth} bits are not supported", remedy="have the record written with 8 bits a pixel"
        )
    return compression


def _quality(code: int) -> int | None:
    """Return a quality of 0-100; the standards write 254 and 255 where there is none."""
    return code if code <= 100 else None

"""Interchange formats: minutiae, finger image and face image records, WSQ, CBEFF, stored templates."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from dataclasses import replace

import numpy as np

from biometrics.errors import ImageFormatError, TemplateError
from biometrics.images import decode_finger_image
from biometrics.interchange.cbeff_pictures import unwrap_picture
from biometrics.interchange.cbeff_reading import read_cbeff
from biometrics.interchange.face_image_reading import read_face_image_record
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.interchange.wsq.decoding import decode_wsq
from biometrics.interchange.wsq.encoding import encode_wsq
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import FaceEmbedding, Template, TemplateFormat
from tests.biometrics.interchange.pictures import ridges
from tests.biometrics.interchange.samples import iso_2005, minutiae
from tests.biometrics.interchange.test_cbeff import LIKE_REAL_FILES
from tests.biometrics.interchange.test_face_image_records import GOLDEN_2005, GOLDEN_2011
from tests.biometrics.interchange.test_finger_image_records import GOLDEN as FINGER_IMAGES
from tests.fuzz.target import Target


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    return (
        Target(name="minutiae", seeds=_minutiae_seeds, parse=_read_minutiae, refused=(TemplateError,)),
        Target(name="finger-images", seeds=_finger_image_seeds, parse=_read_finger_images, refused=(ImageFormatError,)),
        Target(name="face-images", seeds=_face_image_seeds, parse=read_face_image_record, refused=(ImageFormatError,)),
        Target(
            name="wsq",
            seeds=_wsq_seeds,
            parse=decode_wsq,
            refused=(ImageFormatError,),
            words=(b"\xff\xa8", b"\xff\xa2"),
        ),
        Target(
            name="cbeff",
            seeds=_cbeff_seeds,
            parse=_read_cbeff,
            refused=(ImageFormatError,),
            words=(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<BIR>", b"</BIR>", b"<![CDATA[", b"encoding='UTF-7'"),
        ),
        Target(
            name="template",
            seeds=_template_seeds,
            parse=decode_template,
            refused=(TemplateError,),
            repair=_with_checksum,
            words=(b'"minutiae"', b'"cosine"', b"1e999", b"[" * 3000, b'"quality_components":{"a":{}}'),
        ),
    )


def _minutiae_seeds() -> tuple[bytes, ...]:
    views = tuple(FingerView(position=Position(name), minutiae=minutiae()) for name in ("left_ring", "unknown"))
    records = (MinutiaeRecord(standard=standard, views=views, simulated=True) for standard in MinutiaeStandard)
    return (iso_2005(), *(write_minutiae_record(record) for record in records))


def _read_minutiae(data: bytes) -> None:
    list(read_minutiae_record(data).templates)


def _finger_image_seeds() -> tuple[bytes, ...]:
    return tuple(_plain(text) for text in FINGER_IMAGES.values())


def _plain(annotated: str) -> bytes:
    """Return the bytes of lines `HEX   CLAUSE   MEANING`."""
    return b"".join(bytes.fromhex(line.strip().split("  ")[0]) for line in annotated.splitlines() if line.strip())


def _read_finger_images(data: bytes) -> None:
    for image in read_finger_image_record(data).images:
        decode_finger_image(image)


def _face_image_seeds() -> tuple[bytes, ...]:
    return GOLDEN_2005, GOLDEN_2011


def _wsq_seeds() -> tuple[bytes, ...]:
    return encode_wsq(ridges(40, 34), 500.0), encode_wsq(ridges(18, 64), comments=[b"NIST_COM 2\nPPI 500\n"])


def _cbeff_seeds() -> tuple[bytes, ...]:
    picture = base64.b64encode(encode_wsq(ridges(20, 20))).decode()
    return LIKE_REAL_FILES.encode(), LIKE_REAL_FILES.replace("AAAA", picture).replace("Iris", "Finger").encode()


def _read_cbeff(data: bytes) -> None:
    for record in read_cbeff(io.BytesIO(data)):
        try:
            unwrap_picture(record)
        except ImageFormatError:
            continue


def template() -> Template:
    """Return a template of nobody."""
    view = FingerView(position=Position.LEFT_RING, minutiae=minutiae())
    (made,) = MinutiaeRecord(standard=MinutiaeStandard.ISO_2005, views=(view,), simulated=True).templates
    return made


def _template_seeds() -> tuple[bytes, ...]:
    plain = template()
    scored = QualityScore(value=50, algorithm="fuzz/1", components={"area": 3.0})
    whole = replace(plain, quality=scored, simulated=True)
    direction = np.full(8, 8**-0.5, dtype=np.float32)
    format_ = TemplateFormat(algorithm="fuzz", version="1", metric="cosine", dimension=8)
    face = Template(
        format=format_, position=Position.FACE, body=FaceEmbedding(vector=direction, raw_norm=3.0), quality=scored
    )
    return tuple(encode_template(one) for one in (plain, whole, face))


def _with_checksum(data: bytes) -> bytes:
    return data[:-4] + struct.pack("<I", zlib.crc32(data[:-4]))

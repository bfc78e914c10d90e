"""Templates as bytes, for storage: `KURT`, a version, a JSON header, the arrays, and a CRC-32 over all of it.

Integers and floats are little-endian. Interchange formats (ISO/IEC 19794-2) are other modules' work; this one loses
nothing.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np

from biometrics.errors import TemplateError
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.templates import FaceEmbedding, MinutiaSet, Template, TemplateFormat

_MAGIC = b"KURT\x01"
_LENGTH = struct.Struct("<I")
_MINUTIA = np.dtype([("x", "<f4"), ("y", "<f4"), ("angle", "<f4"), ("kind", "u1"), ("quality", "u1")])


def encode_template(template: Template) -> bytes:
    """Return the template as bytes; `decode_template` restores it exactly."""
    header: dict[str, Any] = {
        "algorithm": template.format.algorithm,
        "version": template.format.version,
        "metric": template.format.metric,
        "dimension": template.format.dimension,
        "position": template.position.value,
        "quality": template.quality.value,
        "quality_algorithm": template.quality.algorithm,
        "quality_components": dict(template.quality.components),
        "simulated": template.simulated,
    }
    body = template.body
    if isinstance(body, MinutiaSet):
        header |= {"width": body.width, "height": body.height}
        rows = np.empty(len(body), dtype=_MINUTIA)
        for name in _MINUTIA.names or ():
            rows[name] = getattr(body, name)
        payload = rows.tobytes()
    else:
        header |= {"raw_norm": body.raw_norm}
        payload = body.vector.astype("<f4").tobytes()
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    record = _MAGIC + _LENGTH.pack(len(head)) + head + payload
    return record + _LENGTH.pack(zlib.crc32(record))


def decode_template(data: bytes) -> Template:
    """Read what `encode_template` wrote.

    Raises
    ------
    TemplateError
        When a byte is missing, changed or superfluous, or the content is not a valid template.
    """
    record, checksum = data[: -_LENGTH.size], data[-_LENGTH.size :]
    if not data.startswith(_MAGIC) or len(record) < len(_MAGIC) + _LENGTH.size:
        raise TemplateError("not a stored template")
    if _LENGTH.pack(zlib.crc32(record)) != checksum:
        raise TemplateError("the stored template is damaged", remedy="run kura registry check")
    (head_length,) = _LENGTH.unpack_from(record, len(_MAGIC))
    head_start = len(_MAGIC) + _LENGTH.size
    try:
        header = json.loads(record[head_start : head_start + head_length])
        return _template(header, record[head_start + head_length :])
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise TemplateError("the stored template cannot be read") from error


def _template(header: dict[str, Any], payload: bytes) -> Template:
    template_format = TemplateFormat(
        algorithm=header["algorithm"],
        version=header["version"],
        metric=header["metric"],
        dimension=header["dimension"],
    )
    quality = QualityScore(
        value=header["quality"],
        algorithm=header["quality_algorithm"],
        components=header["quality_components"],
    )
    body = _minutiae(header, payload) if template_format.metric == "minutiae" else _embedding(header, payload)
    return Template(
        format=template_format,
        position=Position(header["position"]),
        body=body,
        quality=quality,
        simulated=header["simulated"],
    )


def _minutiae(header: dict[str, Any], payload: bytes) -> MinutiaSet:
    rows = np.frombuffer(payload, dtype=_MINUTIA)
    return MinutiaSet(
        x=rows["x"].astype(np.float32),
        y=rows["y"].astype(np.float32),
        angle=rows["angle"].astype(np.float32),
        kind=rows["kind"].copy(),
        quality=rows["quality"].copy(),
        width=header["width"],
        height=header["height"],
    )


def _embedding(header: dict[str, Any], payload: bytes) -> FaceEmbedding:
    vector = np.frombuffer(payload, dtype="<f4").astype(np.float32)
    return FaceEmbedding(vector=vector, raw_norm=header["raw_norm"])

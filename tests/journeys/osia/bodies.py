"""Encounters of simulated people for tests of OSIA."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

from PIL import Image

from biometrics.image_writing import encode_png
from devices.simulated import PPI
from tests.simulated import impression, portrait


@lru_cache(maxsize=64)
def finger(person: int, touch: int = 0) -> dict[str, Any]:
    """Return a touch of a simulated person's right index finger, as OSIA writes it."""
    data = encode_png(impression(person, touch), PPI, simulated=True)
    return {
        "biometricType": "FINGER",
        "biometricSubType": "RIGHT_INDEX",
        "image": base64.b64encode(data).decode(),
        "mimeType": "image/png",
        "compression": "PNG",
        "resolution": PPI,
    }


@lru_cache(maxsize=1)
def face() -> dict[str, Any]:
    """Return the public-domain portrait."""
    buffer = io.BytesIO()
    Image.fromarray(portrait()).save(buffer, "JPEG", quality=92)
    return {
        "biometricType": "FACE",
        "biometricSubType": "PORTRAIT",
        "image": base64.b64encode(buffer.getvalue()).decode(),
        "mimeType": "image/jpeg",
    }


def encounter(*biometrics: dict[str, Any], gallery: str = "citizens", **others: Any) -> dict[str, Any]:
    """Return an encounter to be created."""
    return {
        "status": "ACTIVE",
        "encounterType": "simulated",
        "galleries": [gallery],
        "biometricData": list(biometrics),
        **others,
    }

"""Pictures that the registry keeps, as samples to extract again."""

from __future__ import annotations

from biometrics.images import decode_image
from biometrics.samples import BiometricSample, now_utc
from registry.extraction import UnextractedSample
from registry.replacement import Replaceable
from registry.store import Registry


def read_kept(registry: Registry, sha256: str, told: Replaceable | UnextractedSample) -> BiometricSample:
    """Return a kept picture as what the registry says it is.

    Raises
    ------
    StorageError
        When its file is missing or damaged.
    SampleError
        When it is no picture, or lacks its resolution.
    """
    image = decode_image(registry.sample_bytes(sha256))
    return BiometricSample(
        position=told.position,
        pixels=image.pixels,
        ppi=told.ppi,
        captured_at=told.captured_at or now_utc(),
        simulated=told.simulated,
    )

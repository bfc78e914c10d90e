"""What the embedder sees in portraits, before anything is taken off: the vectors that centres are learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Vector, Vectors
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.samples import BiometricSample, now_utc
from enrollment.population.portraits import Portrait, PortraitFolder
from models.face.centres import unit_vectors
from models.face.extractor import FaceExtractor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenPortraits:
    """Portraits with a face, and float32 [portraits, dimension] unit vectors of what SFace saw in both views."""

    name: str
    portraits: tuple[Portrait, ...]
    vectors: Vectors


def see(folder: PortraitFolder, extractor: FaceExtractor, progress: Progress = no_progress) -> SeenPortraits:
    """Embed every portrait of a folder; those without a face are left out."""
    seen: list[tuple[Portrait, Vector]] = []
    for done, portrait in enumerate(folder.portraits):
        progress(done, len(folder.portraits), f"embedding {folder.name}")
        vector = _vector(portrait, extractor)
        if vector is not None:
            seen.append((portrait, vector))
    return SeenPortraits(
        name=folder.name,
        portraits=tuple(portrait for portrait, _ in seen),
        vectors=np.stack([vector for _, vector in seen]),
    )


def _vector(portrait: Portrait, extractor: FaceExtractor) -> Vector | None:
    image = read_image(portrait.path)
    sample = BiometricSample(position=Position.FACE, pixels=image.pixels, captured_at=now_utc())
    faces = extractor.detect(sample)
    if not faces:
        return None
    straight, mirrored = extractor.embedder.raw_vectors([extractor.align(sample, faces[0])])
    vector: Vector = unit_vectors(straight + mirrored)[0]
    return vector

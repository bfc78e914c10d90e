"""Which blocks a person's row has, and what each weighs."""

from __future__ import annotations

from collections.abc import Iterable

from biometrics.positions import FINGERS, Position
from matching.person_vectors.fingers import FINGER_DIMENSION
from matching.vectors.layout import Block, Layout

FACE_WEIGHT = 1.0
"""What a face's cosine counts beside a finger's."""


def layout_of(face_dimension: int | None, fingers: Iterable[Position] = FINGERS) -> Layout:
    """Return the layout of persons with a face of so many numbers and these fingers, named as the positions are.

    Parameters
    ----------
    face_dimension
        Of the face model's vectors; None where no faces are kept.
    fingers
        Named positions; all ten unless a deployment never captures some.

    Raises
    ------
    GalleryError
        When nothing is left to lay out.
    """
    face = (
        ()
        if face_dimension is None
        else (Block(name=Position.FACE.value, dimension=face_dimension, weight=FACE_WEIGHT),)
    )
    return Layout(blocks=(*face, *(Block(name=one.value, dimension=FINGER_DIMENSION) for one in fingers)))

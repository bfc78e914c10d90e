"""Which blocks a person's row has.

All weigh the same: with a face that counts half or twice as much as a finger, more mates stay below the score of few
strangers (FVC2002 set B with LFW View 1).
"""

from __future__ import annotations

from collections.abc import Iterable

from biometrics.positions import FINGERS, Position
from matching.descriptor import DIMENSION
from matching.vectors.layout import Block, Layout


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
    face = () if face_dimension is None else (Block(name=Position.FACE.value, dimension=face_dimension),)
    return Layout(blocks=(*face, *(Block(name=one.value, dimension=DIMENSION) for one in fingers)))

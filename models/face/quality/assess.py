"""Quality of a portrait, inspired by ISO/IEC 29794-5: one value that predicts errors, and components to act on."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.arrays import ColorPixels
from biometrics.quality import ComponentVerdict, QualityScore, Verdict
from models.face.detect import ColorCopy
from models.face.embed import EmbeddedFace
from models.face.quality.background import assess_background
from models.face.quality.centring import assess_centring
from models.face.quality.colour import assess_colour
from models.face.quality.count import assess_count
from models.face.quality.exposure import assess_exposure
from models.face.quality.eyes import assess_eyes
from models.face.quality.gate import judge_usefulness
from models.face.quality.pose import assess_pose
from models.face.quality.sharpness import assess_sharpness
from models.face.quality.size import assess_size
from models.face.quality.surroundings import see_surroundings
from models.face.quality.usefulness import ALGORITHM, predict_usefulness
from models.face.quality.view import FaceView
from models.face.subject import PortraitFaces


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceQuality:
    """The value with its numbers, and the verdict on each component."""

    score: QualityScore
    verdicts: tuple[ComponentVerdict, ...]


def assess_face(pixels: ColorPixels, subject: PortraitFaces, aligned: ColorCopy, embedded: EmbeddedFace) -> FaceQuality:
    """Return the quality of an embedded face.

    Parameters
    ----------
    pixels
        The whole picture, RGB.
    subject
        Its faces, the one to assess first.
    aligned
        That face as the embedder saw it.
    embedded
        What the embedder made of it.
    """
    view = FaceView.of(pixels, subject, aligned)
    surroundings = see_surroundings(view)
    components = (
        assess_count(view),
        assess_size(view),
        assess_pose(view),
        assess_centring(view),
        assess_sharpness(view),
        assess_exposure(view),
        assess_eyes(view),
        assess_background(view, surroundings),
        assess_colour(view, surroundings),
    )
    measured = {
        "raw_norm": embedded.embedding.raw_norm,
        "mirror_agreement": embedded.mirror_agreement,
        "detection_score": view.face.score,
    }
    for component in components:
        measured |= component.measured
    value = predict_usefulness(embedded)
    return FaceQuality(
        score=QualityScore(value=value, algorithm=ALGORITHM, components=measured),
        verdicts=(judge_usefulness(value, measured), *(component.verdict for component in components)),
    )


def no_face_quality(faces: int, *, too_small: bool) -> FaceQuality:
    """Return the quality of a picture without a face that could be embedded.

    Parameters
    ----------
    faces
        How many were found.
    too_small
        True when they, or the picture, are too small.
    """
    component, message = ("size", "too_small") if too_small else ("count", "none")
    verdict = ComponentVerdict(component=component, verdict=Verdict.BAD, message=f"face.{component}.{message}")
    return FaceQuality(
        score=QualityScore(value=0, algorithm=ALGORITHM, components={"faces": float(faces)}),
        verdicts=(verdict,),
    )

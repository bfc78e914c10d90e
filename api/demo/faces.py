"""Public-domain portraits and renderings of them along the face path; nothing is enrolled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from api import wiring
from api.advice import worth_saying
from api.demo.portraits import PORTRAITS, PublicPortrait, read_portrait
from api.demo.renderings import RENDERINGS, rendering
from api.pages.demo_views import FaceScore, PortraitView, RenderingView
from api.pages.drawing import data_uri
from biometrics.arrays import Pixels
from biometrics.extraction import Extraction
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import Template
from enrollment.preparation import Extractors
from matching.calibration import Calibration
from matching.face import compare
from models.face.quality.messages import advice_text

_PICTURE_PX, _ALIGNED_PX = 200, 112
_ORIGINAL = "original"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Original:
    portrait: PublicPortrait
    pixels: Pixels
    template: Template


def portrait_views(extractors: Extractors, calibration: Calibration) -> tuple[PortraitView, ...]:
    """Compare renderings of every portrait that is installed with its original and with the other originals."""
    originals = [one for portrait in PORTRAITS if (one := _original(portrait, extractors)) is not None]
    views = []
    for own in originals:
        pictures = {_ORIGINAL: own.pixels} | {kind: rendering(own.pixels, kind) for kind in RENDERINGS}
        others = [other for other in originals if other is not own]
        views.append(
            PortraitView(
                title=own.portrait.title,
                credit=own.portrait.credit,
                renderings=_renderings(pictures, own, others, extractors, calibration),
            )
        )
    return tuple(views)


def _original(portrait: PublicPortrait, extractors: Extractors) -> _Original | None:
    pixels = read_portrait(portrait)
    template = None if pixels is None else extractors.face.extract(_sample(pixels)).template
    return (
        None if pixels is None or template is None else _Original(portrait=portrait, pixels=pixels, template=template)
    )


def _renderings(
    pictures: Mapping[str, Pixels],
    own: _Original,
    others: Sequence[_Original],
    extractors: Extractors,
    calibration: Calibration,
) -> tuple[RenderingView, ...]:
    views = []
    for name, pixels in pictures.items():
        sample = _sample(pixels)
        extraction = extractors.face.extract(sample)
        aligned = wiring.aligned_face(extractors, sample, extraction)
        against = [("own original", own)] * (name != _ORIGINAL) + [(other.portrait.title, other) for other in others]
        views.append(
            RenderingView(
                name=name,
                picture=data_uri(pixels, longest_side=_PICTURE_PX),
                aligned=None if aligned is None else data_uri(aligned, longest_side=_ALIGNED_PX),
                quality=extraction.quality.value,
                scores=_scores(extraction.template, against, calibration),
                notes=(*extraction.warnings, *_advice(extraction), *(reason.advice for reason in extraction.reasons)),
            )
        )
    return tuple(views)


def _advice(extraction: Extraction) -> tuple[str, ...]:
    return tuple(advice_text(one.message) for one in worth_saying(extraction.verdicts) if one.message is not None)


def _scores(
    template: Template | None, against: Sequence[tuple[str, _Original]], calibration: Calibration
) -> tuple[FaceScore, ...]:
    if template is None:
        return ()
    cosines = [compare(template.embedding, other.template.embedding) for _, other in against]
    rates = [calibration.fmr(cosine) for cosine in cosines]
    return tuple(
        FaceScore(against=title, cosine=cosine, fmr=rate.value, extrapolated=rate.extrapolated)
        for (title, _), cosine, rate in zip(against, cosines, rates, strict=True)
    )


def _sample(pixels: Pixels) -> BiometricSample:
    return BiometricSample(position=Position.FACE, pixels=np.ascontiguousarray(pixels), captured_at=now_utc())

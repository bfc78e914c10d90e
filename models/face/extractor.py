"""From a portrait to a template: faces, the subject among them, alignment, embedding, quality, in this order."""

from __future__ import annotations

from dataclasses import replace

from biometrics.arrays import ColorPixels
from biometrics.decisions import Reason
from biometrics.errors import SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.quality import PAD_NOT_EVALUATED
from biometrics.samples import BiometricSample
from biometrics.templates import Template, TemplateFormat
from models.catalogue import SFACE, YUNET
from models.face.align import align, to_color
from models.face.centres import shipped_centres
from models.face.detect import DetectedFace, FaceDetector
from models.face.embed import DIMENSION, MODEL_ID, FaceEmbedder
from models.face.network import FaceNetwork
from models.face.quality.assess import assess_face, no_face_quality
from models.face.quality.gate import refusal
from models.face.roles import AttackDetector, FaceModel
from models.face.subject import PortraitFaces, choose_subject
from models.face.turning import extract_upright
from models.sessions import open_session
from models.store import ModelStore

LEAST_SIDE_PX = 32
"""A picture with a shorter side cannot hold a face that could be compared."""

LEAST_FACE_PX = 20.0
"""Smaller faces are refused: enlarging them more than fourfold invents what is compared."""

_ALGORITHM, _VERSION = MODEL_ID.split("/")
FACE_FORMAT = TemplateFormat(algorithm=_ALGORITHM, version=_VERSION, metric="cosine", dimension=DIMENSION)
"""The format of the templates that are made where no other model was chosen."""


class FaceExtractor:
    """Portraits to face templates; implements `biometrics.extraction.Extractor`.

    Parameters
    ----------
    detector
        YuNet, loaded.
    embedder
        SFace, loaded.
    own_model
        Makes the templates instead of SFace, which then only measures quality: its norm predicts errors, what another
        model's norm says is unknown.
    attacks
        Judges presentation attacks; without it they are not evaluated.
    """

    def __init__(
        self,
        detector: FaceDetector,
        embedder: FaceEmbedder,
        *,
        own_model: FaceModel | None = None,
        attacks: AttackDetector | None = None,
    ) -> None:
        self._detector = detector
        self._embedder = embedder
        self._own_model = own_model
        self._attacks = attacks

    @classmethod
    def load(
        cls,
        store: ModelStore,
        threads: int = 1,
        *,
        own_model: FaceModel | None = None,
        attacks: AttackDetector | None = None,
    ) -> FaceExtractor:
        """Return an extractor with its models from the store, which builds them where necessary.

        Raises
        ------
        ModelUnavailableError
            When a model can neither be found nor built.
        """
        detector = FaceDetector(open_session(store.path(YUNET.model_id), threads=threads))
        embedder = FaceEmbedder(FaceNetwork.read(store.path(SFACE.model_id)), shipped_centres())
        return cls(detector, embedder, own_model=own_model, attacks=attacks)

    @property
    def format(self) -> TemplateFormat:
        """The format of every template this extractor makes."""
        return FACE_FORMAT if self._own_model is None else self._own_model.format

    @property
    def embedder(self) -> FaceEmbedder:
        """SFace, for many aligned faces in one batch."""
        return self._embedder

    def extract(self, sample: BiometricSample) -> Extraction:
        """Measure and extract the subject of one portrait.

        Of several faces the one nearest the middle is taken, and a verdict says that there are others. Only a full
        profile, and what the embedder can make nothing of, is refused; other verdicts are advice. A suspected
        presentation attack leaves the template as it is: what follows is not for a model to decide.

        Raises
        ------
        SampleError
            When the sample is not a face.
        ProcessingError
            When a model fails.
        """
        return extract_upright(sample, self._extract_as_it_lies, self._detector)

    def _extract_as_it_lies(self, sample: BiometricSample) -> Extraction:
        pixels = _face_pixels(sample)
        if min(sample.width, sample.height) < LEAST_SIDE_PX:
            return _refused(Reason.SAMPLE_TOO_SMALL)
        subject = self._find(pixels)
        if subject is None:
            return _refused(Reason.NO_FACE)
        if subject.faces[0].size < LEAST_FACE_PX:
            return _refused(Reason.SAMPLE_TOO_SMALL, faces=len(subject.faces))
        return self._embed(sample, pixels, subject)

    def detect(self, sample: BiometricSample) -> tuple[DetectedFace, ...]:
        """Return all faces, the one that `extract` would choose first.

        Raises
        ------
        SampleError
            When the sample is not a face.
        """
        subject = self._find(_face_pixels(sample))
        return subject.faces if subject else ()

    def align(self, sample: BiometricSample, face: DetectedFace) -> ColorPixels:
        """Return a face as the embedder sees it, RGB [112, 112, 3].

        Raises
        ------
        SampleError
            When the sample is not a face.
        """
        return align(_face_pixels(sample), face.points)

    def _find(self, pixels: ColorPixels) -> PortraitFaces | None:
        faces = self._detector.detect(pixels)
        height, width = pixels.shape[:2]
        if not faces:
            return None
        subject = choose_subject(faces, width=width, height=height)
        chosen = self._detector.refine(pixels, subject.faces[0])
        return replace(subject, faces=(chosen, *subject.faces[1:]))

    def _embed(self, sample: BiometricSample, pixels: ColorPixels, subject: PortraitFaces) -> Extraction:
        face = subject.faces[0]
        aligned = align(pixels, face.points)
        (embedded,) = self._embedder.embed([aligned])
        quality = assess_face(pixels, subject, aligned, embedded)
        reason = refusal(quality.score.components)
        if reason is not None:
            return Extraction(template=None, quality=quality.score, reasons=(reason,), verdicts=quality.verdicts)
        template = Template(
            format=self.format,
            position=sample.position,
            body=embedded.embedding if self._own_model is None else self._own_model.represent(pixels, face.points),
            quality=quality.score,
            simulated=sample.simulated,
        )
        pad = PAD_NOT_EVALUATED if self._attacks is None else self._attacks.judge(pixels, face)
        return Extraction(template=template, quality=quality.score, pad=pad, verdicts=quality.verdicts)


def _face_pixels(sample: BiometricSample) -> ColorPixels:
    if sample.modality is not Modality.FACE:
        raise SampleError("a face is expected, not a finger", remedy="correct the modality or the position")
    return to_color(sample.pixels)


def _refused(reason: Reason, faces: int = 0) -> Extraction:
    quality = no_face_quality(faces, too_small=reason is Reason.SAMPLE_TOO_SMALL)
    return Extraction(template=None, quality=quality.score, reasons=(reason,), verdicts=quality.verdicts)

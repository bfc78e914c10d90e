"""The face path with parts of it switched off, to see what each of them is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import ColorPixels, Vectors
from biometrics.decisions import Reason
from biometrics.errors import SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample
from biometrics.templates import FaceEmbedding, Template, TemplateFormat
from models.catalogue import SFACE, YUNET
from models.face.align import align, to_color
from models.face.centres import Centres, shipped_centres, unit_vectors
from models.face.detect import DetectedFace, FaceDetector
from models.face.embed import DIMENSION
from models.face.extractor import LEAST_FACE_PX, LEAST_SIDE_PX
from models.face.network import FaceNetwork
from models.face.subject import choose_subject
from models.sessions import open_session
from models.store import ModelStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePath:
    """Which parts take part; all off is YuNet once over the picture as it is, and SFace once over the face.

    Parameters
    ----------
    name
        Of this way.
    refined
        Look at copies of other sizes where no face is certain, and measure its points again in a cut-out.
    mirrored
        Embed the mirror image too.
    centred
        Take off what groups of faces have in common.
    """

    name: str
    refined: bool = False
    mirrored: bool = False
    centred: bool = False


PATHS = (
    FacePath(name="plain"),
    FacePath(name="refined points", refined=True),
    FacePath(name="mirror image", refined=True, mirrored=True),
    FacePath(name="centres", refined=True, mirrored=True, centred=True),
)
"""Each with one part more than the one before."""

_NO_QUALITY = QualityScore(value=0, algorithm="none/1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceParts:
    """The loaded models, which all paths share."""

    detector: FaceDetector
    network: FaceNetwork
    centres: Centres


def load_parts() -> FaceParts:
    """Load detector, network and centres as the product does.

    Raises
    ------
    ModelUnavailableError
        When a model can neither be found nor built.
    """
    store = ModelStore()
    return FaceParts(
        detector=FaceDetector(open_session(store.path(YUNET.model_id), threads=1)),
        network=FaceNetwork.read(store.path(SFACE.model_id)),
        centres=shipped_centres(),
    )


class PathExtractor:
    """Extracts along one path, without quality; implements `biometrics.extraction.Extractor`.

    Parameters
    ----------
    path
        Which parts take part.
    parts
        Loaded models.
    """

    def __init__(self, path: FacePath, parts: FaceParts) -> None:
        self._path = path
        self._parts = parts

    @property
    def format(self) -> TemplateFormat:
        """A format of its own: no template of an ablation is ever compared with another."""
        version = self._path.name.replace(" ", "-")
        return TemplateFormat(algorithm="ablated-face", version=version, metric="cosine", dimension=DIMENSION)

    def extract(self, sample: BiometricSample) -> Extraction:
        """Find the face and embed it.

        Raises
        ------
        SampleError
            When the sample is not a face.
        ProcessingError
            When the network gives a vector without direction.
        """
        if sample.modality is not Modality.FACE:
            raise SampleError("a face is expected, not a finger", remedy="correct the modality or the position")
        pixels = to_color(sample.pixels)
        if min(sample.width, sample.height) < LEAST_SIDE_PX:
            return _refused(Reason.SAMPLE_TOO_SMALL)
        face = self._find(pixels)
        if face is None:
            return _refused(Reason.NO_FACE)
        if face.size < LEAST_FACE_PX:
            return _refused(Reason.SAMPLE_TOO_SMALL)
        raw = self._raw(align(pixels, face.points))
        units = unit_vectors(raw)
        vector = self._parts.centres.centred(units)[0] if self._path.centred else units[0]
        body = FaceEmbedding(vector=vector, raw_norm=float(np.linalg.norm(raw)))
        template = Template(format=self.format, position=sample.position, body=body, quality=_NO_QUALITY)
        return Extraction(template=template, quality=_NO_QUALITY)

    def _find(self, pixels: ColorPixels) -> DetectedFace | None:
        detector, (height, width) = self._parts.detector, pixels.shape[:2]
        faces = detector.detect(pixels) if self._path.refined else detector.detect_in_copy(pixels, max(height, width))
        if not faces:
            return None
        subject = choose_subject(faces, width=width, height=height).faces[0]
        return detector.refine(pixels, subject) if self._path.refined else subject

    def _raw(self, aligned: ColorPixels) -> Vectors:
        if not self._path.mirrored:
            return self._parts.network.vectors([aligned])
        straight, mirrored = self._parts.network.vectors_both_ways([aligned])
        return straight + mirrored


def _refused(reason: Reason) -> Extraction:
    return Extraction(template=None, quality=_NO_QUALITY, reasons=(reason,))

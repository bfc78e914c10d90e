"""From image files to templates: everything that can be done for a person before anybody else is involved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from biometrics.arrays import Pixels
from biometrics.decisions import Reason
from biometrics.errors import BiometricsError, ImageFormatError, ManifestError, SampleError
from biometrics.extraction import Extraction, Extractor
from biometrics.images import MOST_BYTES, ImageFile, decode_image, read_image
from biometrics.positions import Modality, Position
from biometrics.records import DEFAULT_GALLERY, EncounterContext
from biometrics.samples import BiometricSample, check_ppi, now_utc
from biometrics.templates import Template
from enrollment.context import NO_CONTEXT
from enrollment.submission import SampleSource, Submission, printable
from registry.rights.notices import NoticeText

MOST_RECEIVED_PIXELS = 30_000_000
"""Of one picture: a ten-print card at 500 ppi has 16 million, a camera's portrait 12 to 24 million."""

MOST_RECEIVED = 30
"""Pictures of one person in one request: ten fingers twice, slaps, and several portraits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReceivedImage:
    """One image as bytes, with what its sender says about it.

    Parameters
    ----------
    data
        The image file.
    modality, position, ppi
        As for `SampleSource`.
    origin
        What the sender calls it (`biometricData[2]`), for error messages.
    """

    data: bytes
    modality: Modality | None = None
    position: Position = Position.UNKNOWN
    ppi: float | None = None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractors:
    """One extractor per modality."""

    finger: Extractor
    face: Extractor

    def of(self, modality: Modality) -> Extractor:
        """Return the extractor of a modality."""
        return self.face if modality is Modality.FACE else self.finger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedSample:
    """An image as received, the sample it became, and what the models found in it."""

    source: SampleSource
    image: ImageFile
    sample: BiometricSample
    extraction: Extraction

    def without_pixels(self) -> PreparedSample:
        """Return the same with 1 x 1 black pixels: for the record, which keeps the file, not what was decoded."""
        one_pixel = np.zeros((1, 1), dtype=np.uint8)
        return replace(self, image=replace(self.image, pixels=one_pixel), sample=replace(self.sample, pixels=one_pixel))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedSubmission:
    """One person's samples, ready to be searched in a gallery; `notice` is what the person was told before.

    Raises
    ------
    SampleError
        When some are simulated and some are not: then the person could be taken for a real one, or not counted as one.
    """

    label: str
    samples: tuple[PreparedSample, ...]
    gallery_id: str = DEFAULT_GALLERY
    context: EncounterContext = NO_CONTEXT
    notice: NoticeText | None = None

    def __post_init__(self) -> None:
        simulated = [one.source for one in self.samples if one.sample.simulated]
        real = [one.source for one in self.samples if not one.sample.simulated]
        if simulated and real:
            raise SampleError(
                f"the sample is simulated, but another of the same person is not: {printable(str(real[0].path))}",
                source=str(simulated[0].path),
                remedy="enroll simulated and real samples under different identifiers",
            )

    @property
    def templates(self) -> tuple[Template, ...]:
        """The templates of the usable samples."""
        found = (prepared.extraction.template for prepared in self.samples)
        return tuple(template for template in found if template is not None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why samples could not be used, each reason once."""
        return tuple(dict.fromkeys(reason for one in self.samples for reason in one.extraction.reasons))

    @property
    def simulated(self) -> bool:
        """True when the samples were simulated."""
        return any(one.sample.simulated for one in self.samples)


def prepare(submission: Submission, extractors: Extractors) -> PreparedSubmission:
    """Read, check and extract all samples of one person.

    They come back without their pixels, so that a person who waits to be enrolled holds no more memory than their
    files and templates.

    Raises
    ------
    BiometricsError
        For the first file that cannot be used at all, naming it, and where simulated and real samples are mixed; a
        sample that is merely poor is no error.
    """
    samples = tuple(prepare_sample(source, extractors).without_pixels() for source in submission.sources)
    return PreparedSubmission(
        label=submission.label,
        samples=samples,
        gallery_id=submission.gallery_id,
        context=submission.context,
        notice=submission.notice,
    )


def prepare_received(
    label: str,
    received: Sequence[ReceivedImage],
    extractors: Extractors,
    gallery_id: str = DEFAULT_GALLERY,
    context: EncounterContext = NO_CONTEXT,
) -> PreparedSubmission:
    """Do for images that came as bytes what `prepare` does for files; nothing is written to disk.

    Raises
    ------
    BiometricsError
        As `prepare`; its source is the image's origin.
    SampleError
        When there are more than 30 images.
    """
    if len(received) > MOST_RECEIVED:
        remedy = f"give at most {MOST_RECEIVED} pictures of a person at once"
        raise SampleError(f"there are {len(received)} pictures of one person", source=label, remedy=remedy)
    samples = tuple(_prepare_received(one, extractors).without_pixels() for one in received)
    return PreparedSubmission(label=label, samples=samples, gallery_id=gallery_id, context=context)


def _prepare_received(received: ReceivedImage, extractors: Extractors) -> PreparedSample:
    # An image without a file goes by the name that its sender has for it.
    source = SampleSource(
        path=Path(received.origin),
        modality=received.modality,
        position=received.position,
        ppi=received.ppi,
        origin=received.origin,
    )
    if len(received.data) > MOST_BYTES:
        raise ImageFormatError("the picture is too large", source=received.origin, remedy="give a single image")
    return _prepare(
        source,
        extractors,
        lambda: decode_image(received.data, source=received.origin, most_pixels=MOST_RECEIVED_PIXELS),
    )


def prepare_sample(source: SampleSource, extractors: Extractors) -> PreparedSample:
    """Read, check and extract one sample.

    Its `captured_at` is the time of this reading: image files seldom tell when they were captured, and then without
    the time zone that would make it a moment.

    Raises
    ------
    BiometricsError
        When the file cannot be used, naming it.
    """
    return _prepare(source, extractors, lambda: read_image(source.path))


def _prepare(source: SampleSource, extractors: Extractors, read: Callable[[], ImageFile]) -> PreparedSample:
    try:
        image = read()
        labelled = source if source.modality else _tell_modality(source, image, extractors.face)
        sample = _sample(labelled, image)
        extraction = extractors.of(sample.modality).extract(sample)
    except BiometricsError as error:
        raise error.at(str(source.path)) from error.__cause__
    return PreparedSample(source=labelled, image=image, sample=sample, extraction=extraction)


def _sample(source: SampleSource, image: ImageFile) -> BiometricSample:
    finger = source.modality is Modality.FINGER
    unsaid = finger and source.position is Position.UNKNOWN
    ppi = image.ppi if source.ppi is None else source.ppi
    return BiometricSample(
        position=image.position if unsaid else source.position,
        pixels=image.pixels,
        ppi=check_ppi(ppi) if finger else None,
        captured_at=now_utc(),
        simulated=_is_simulated(source, image),
    )


def _is_simulated(source: SampleSource, image: ImageFile) -> bool:
    if image.simulated and source.simulated is False:
        raise ManifestError(
            "the file is marked as simulated, but its line says that it is not",
            source=f"{source.origin}: {printable(str(source.path))}",
            remedy="a simulated sample is never a real one's: correct the column simulated",
        )
    return image.simulated or source.simulated is True


def _tell_modality(source: SampleSource, image: ImageFile, face: Extractor) -> SampleSource:
    # Fingerprint scanners deliver grey. A grey picture is a portrait only where a face is found in it.
    as_face = replace(source, modality=Modality.FACE)
    if image.modality is not None:
        return replace(source, modality=image.modality)
    if _is_colored(image.pixels):
        return as_face
    found = face.extract(_sample(as_face, image))
    return as_face if found.template is not None else replace(source, modality=Modality.FINGER)


def _is_colored(pixels: Pixels) -> bool:
    return pixels.ndim == 3 and bool((np.ptp(pixels, axis=2) > 0).any())

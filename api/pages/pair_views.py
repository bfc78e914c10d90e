"""What the page of a deduplication run shows of each pair, gathered from the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.pages.dedup_page import PairView, PersonView, SampleView
from api.pages.drawing import at_template_scale, data_uri, draw_correspondence
from biometrics.arrays import Pixels
from biometrics.errors import StorageError
from biometrics.images import decode_image
from biometrics.positions import Modality, Position
from biometrics.protocols import Progress
from biometrics.records import StoredSample
from biometrics.templates import BiometricReference, MinutiaSet
from enrollment.deduplication.pairs import ReportedPair
from matching.comparison import comparable
from matching.minutiae import trace
from registry.store import Registry

_THUMBNAIL_PX = 260
_MATCH_PX = 900
_MATCHES_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Print:
    """A stored finger: its picture and its template."""

    reference: BiometricReference
    pixels: Pixels
    ppi: float
    simulated: bool

    @property
    def position(self) -> Position:
        """Which finger."""
        return self.reference.template.position

    @property
    def minutiae(self) -> MinutiaSet:
        """What is compared."""
        return self.reference.template.minutiae


def pair_views(reported: Sequence[ReportedPair], registry: Registry, progress: Progress) -> Iterator[PairView]:
    """Yield a view per pair, in the same order; a sample that is lost or damaged is named instead of shown."""
    for done, one in enumerate(reported, start=1):
        pair = one.pair
        first, second = sorted((pair.a, pair.b), key=lambda subject_id: registry.subject(subject_id).label)
        yield PairView(
            outcome=pair.finding.value,
            score=pair.score,
            scores={position.value: score.value for position, score in pair.scores.items()},
            extrapolated=pair.fmr.extrapolated,
            first=_person(first, registry),
            second=_person(second, registry),
            matches=_matches(_prints(first, registry), _prints(second, registry)),
        )
        progress(done, len(reported), "drawing pairs")


def _samples(subject_id: str, registry: Registry) -> dict[str, StoredSample]:
    encounters = registry.encounters(subject_id)
    return {sample.sha256: sample for encounter in encounters for sample in encounter.samples}


def _person(subject_id: str, registry: Registry) -> PersonView:
    subject = registry.subject(subject_id)
    views = tuple(_view(sample, registry) for sample in _samples(subject_id, registry).values())
    return PersonView(label=subject.label, simulated=subject.simulated, samples=views)


def _view(sample: StoredSample, registry: Registry) -> SampleView:
    pixels = _pixels(sample, registry)
    if pixels is None:
        return SampleView(caption=f"{_title(sample.position)}: the sample is lost or damaged", image=None)
    caption = f"{_title(sample.position)}, quality {sample.quality.value}"
    return SampleView(caption=caption, image=data_uri(pixels, longest_side=_THUMBNAIL_PX, simulated=sample.simulated))


def _pixels(sample: StoredSample, registry: Registry) -> Pixels | None:
    try:
        return decode_image(registry.sample_bytes(sample.sha256)).pixels
    except StorageError:
        return None


def _title(position: Position) -> str:
    return "finger of unknown position" if position is Position.UNKNOWN else position.value.replace("_", " ")


def _prints(subject_id: str, registry: Registry) -> list[_Print]:
    samples = _samples(subject_id, registry)
    prints = []
    for reference in registry.references(subject_id):
        sample = samples.get(reference.sample_sha256 or "")
        if reference.template.modality is not Modality.FINGER or sample is None or sample.ppi is None:
            continue
        pixels = _pixels(sample, registry)
        if pixels is not None:
            prints.append(
                _Print(
                    reference=reference,
                    pixels=pixels,
                    ppi=sample.ppi,
                    simulated=sample.simulated,
                )
            )
    return prints


def _matches(first: Sequence[_Print], second: Sequence[_Print]) -> tuple[SampleView, ...]:
    """Show the fingers that correspond best, with lines between their minutiae."""
    pairs = [(left, right) for left in first for right in second if comparable(left.position, right.position)]
    traced = [(trace(left.minutiae, right.reference.template.minutiae), left, right) for left, right in pairs]
    traced.sort(key=lambda one: -one[0].score)
    views = []
    for found, left, right in traced[:_MATCHES_SHOWN]:
        drawing = draw_correspondence(
            at_template_scale(left.pixels, left.ppi),
            left.minutiae,
            at_template_scale(right.pixels, right.ppi),
            right.minutiae,
            [(int(row[0]), int(row[1])) for row in found.pairs],
        )
        caption = f"{len(found.pairs)} corresponding minutiae, comparison score {found.score:.1f}"
        simulated = left.simulated or right.simulated
        views.append(SampleView(caption=caption, image=data_uri(drawing, longest_side=_MATCH_PX, simulated=simulated)))
    return tuple(views)

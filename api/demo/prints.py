"""The enrolled prints as the report shows them: pictures with minutiae, and a table of their quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

import numpy as np

from api.demo.truth import TAKEN, Truth
from api.pages.dedup_page import SampleView
from api.pages.demo_views import PrintKindRow
from api.pages.drawing import at_template_scale, data_uri, draw_minutiae
from biometrics.images import decode_image
from biometrics.templates import TEMPLATE_PPI, BiometricReference
from registry.store import Registry

_SHOWN = 6
_PICTURE_PX = 800


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnrolledPrint:
    """A print in the registry, whose it is, and the class it was grown as."""

    label: str
    reference: BiometricReference
    pattern: str

    @property
    def quality(self) -> int:
        """0-100."""
        return self.reference.template.quality.value

    @property
    def minutiae(self) -> int:
        """How many were found."""
        return len(self.reference.template.minutiae)

    @property
    def finger(self) -> str:
        """Which finger, in words."""
        return self.reference.template.position.value.replace("_", " ")


def enrolled_prints(registry: Registry, truth: Truth) -> tuple[EnrolledPrint, ...]:
    """Return every print that can be compared, person by person."""
    return tuple(
        EnrolledPrint(
            label=subject.label,
            reference=reference,
            pattern=truth.pattern(subject.label, reference.template.position).value,
        )
        for subject in registry.subjects()
        for reference in registry.references(subject.subject_id)
    )


def print_views(prints: Sequence[EnrolledPrint], registry: Registry) -> tuple[SampleView, ...]:
    """Draw prints from the best quality to the poorest, at even steps between."""
    ordered = sorted(prints, key=lambda one: -one.quality)
    places = np.linspace(0, len(ordered) - 1, min(_SHOWN, len(ordered))).round().astype(int)
    return tuple(_view(ordered[place], registry) for place in places)


def _view(one: EnrolledPrint, registry: Registry) -> SampleView:
    image = decode_image(registry.sample_bytes(one.reference.sample_sha256 or ""))
    at_scale = at_template_scale(image.pixels, image.ppi or TEMPLATE_PPI)
    drawing = draw_minutiae(at_scale, one.reference.template.minutiae)
    caption = f"{one.label}, {one.finger}, {one.pattern}: quality {one.quality}, {one.minutiae} minutiae"
    return SampleView(caption=caption, image=data_uri(drawing, longest_side=_PICTURE_PX, simulated=image.simulated))


def print_kinds(prints: Sequence[EnrolledPrint]) -> tuple[PrintKindRow, ...]:
    """Return a row per finger that was captured."""
    rows = []
    for position in TAKEN:
        here = [one for one in prints if one.reference.template.position is position]
        if here:
            rows.append(_row(position.value.replace("_", " "), here))
    return tuple(rows)


def _row(finger: str, here: Sequence[EnrolledPrint]) -> PrintKindRow:
    classes = Counter(one.pattern for one in here).most_common()
    return PrintKindRow(
        position=finger,
        prints=len(here),
        classes=", ".join(f"{count} {name}" for name, count in classes),
        quality=_spread([one.quality for one in here]),
        minutiae=_spread([one.minutiae for one in here]),
    )


def _spread(values: Sequence[int]) -> tuple[int, int, int]:
    return min(values), median_low(values), max(values)

"""How many persons a second are compared by their minutiae and fused: what is left to do for those on a shortlist.

Simulated prints of some fingers are put together to many persons: what a comparison costs depends on the prints, not on
who has them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, measured
from biometrics.extraction import Extractor
from biometrics.positions import FINGERS, Modality, Position
from biometrics.protocols import ChangeKind, Progress, ReferenceChange, no_progress
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import BiometricReference, Probe, Template
from devices.simulated import PPI, PrintOrder, fingers_of, simulate_prints
from matching.calibration import load_calibration
from matching.face import cosine_scale
from matching.gallery import Gallery
from matching.minutiae import SCALE
from models.face.extractor import FACE_FORMAT

PRINTS, PERSONS = 48, 512
"""Simulated fingers, and persons made of them."""

_SEED = 3_000_000
_GALLERY = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCost:
    """What a person costs beside the vector.

    Parameters
    ----------
    compare_us
        Microseconds of processor time to compare two persons, by the number of fingers that both have.
    memory_bytes, feature_bytes
        Of a person with ten fingers: in memory, and of prints, which may lie on disk.
    """

    compare_us: Mapping[int, Figure]
    memory_bytes: float
    feature_bytes: float


def measure_person_cost(extractor: Extractor, progress: Progress = no_progress) -> PersonCost:
    """Compare persons of several numbers of fingers with everybody in a small gallery, without shortlists."""
    prints = _templates(extractor, progress)
    taken = {}
    for fingers in (1, 2, 4, len(FINGERS)):
        gallery = _gallery(prints, FINGERS[:fingers])
        probes = [Probe(templates=_person(prints, FINGERS[:fingers], number)) for number in range(LEAST_ROUNDS + 3)]
        calls = [partial(gallery.search, probe) for probe in probes]
        calls[0]()
        taken[fingers] = measured(calls, unit="us", per_unit_s=1e-6 * PERSONS, clock=time.process_time)
    part_bytes = gallery.stats().bytes
    return PersonCost(
        compare_us=taken,
        memory_bytes=(part_bytes["persons"] + part_bytes["rows"]) / PERSONS,
        feature_bytes=part_bytes["features"] / PERSONS,
    )


def _templates(extractor: Extractor, progress: Progress) -> tuple[Template, ...]:
    """Return the templates of simulated prints, as far as they can be used."""
    orders = (
        PrintOrder(traits=fingers_of(_SEED + number)[Position.RIGHT_INDEX], touches=(1,)) for number in range(PRINTS)
    )
    found = []
    for done, (_, pictures) in enumerate(simulate_prints(orders, threads=1)):
        progress(done, PRINTS, "simulating and extracting prints")
        sample = BiometricSample(
            position=Position.RIGHT_INDEX, pixels=pictures[0], ppi=PPI, captured_at=now_utc(), simulated=True
        )
        template = extractor.extract(sample).template
        if template is not None:
            found.append(template)
    progress(PRINTS, PRINTS, "simulating and extracting prints")
    return tuple(found)


def _person(prints: Sequence[Template], fingers: Sequence[Position], number: int) -> tuple[Template, ...]:
    chosen = np.random.default_rng((_SEED, number)).choice(len(prints), len(fingers), replace=False)
    return tuple(replace(prints[int(one)], position=finger) for one, finger in zip(chosen, fingers, strict=True))


def _gallery(prints: Sequence[Template], fingers: Sequence[Position]) -> Gallery:
    scales = {Modality.FINGER: SCALE, Modality.FACE: cosine_scale(FACE_FORMAT)}
    gallery = Gallery(calibrations={modality: load_calibration(scale) for modality, scale in scales.items()})
    for change in _changes(prints, fingers):
        gallery.apply(change)
    return gallery


def _changes(prints: Sequence[Template], fingers: Sequence[Position]) -> Iterator[ReferenceChange]:
    for number in range(PERSONS):
        subject = f"simulated-{number}"
        references = tuple(
            BiometricReference(
                reference_id=f"{subject}-{template.position.value}", subject_id=subject, template=template
            )
            for template in _person(prints, fingers, PERSONS + number)
        )
        yield ReferenceChange(
            sequence=number + 1,
            kind=ChangeKind.ADDED,
            subject_id=subject,
            references=references,
            galleries=frozenset((_GALLERY,)),
        )

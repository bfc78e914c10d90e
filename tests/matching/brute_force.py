"""The answer a gallery must give, found the slow way: every pairing of every person, with plain numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from biometrics.arrays import Vector
from biometrics.positions import Modality, Position
from biometrics.templates import BiometricReference, Template
from matching.face_fusion import AGREEMENT_POWER, SAME_FACE_FMR, WEIGHT_POWER
from matching.fusion import LEAST_POSITION_FMR
from matching.pairing import count_pairings
from matching.preparing import SAME_FINGER_FMR
from tests.matching.parts import CALIBRATIONS, toy_score

Finger = tuple[Position, list[Template]]


def person_rates(probe: Sequence[Template], references: Iterable[BiometricReference]) -> dict[str, float]:
    """Return the person-level false match rate per subject that shares a comparable position."""
    held: dict[str, list[Template]] = {}
    for reference in references:
        held.setdefault(reference.subject_id, []).append(reference.template)
    rates = {subject: _person_rate(fingers_of(probe), fingers_of(templates)) for subject, templates in held.items()}
    return {subject: rate for subject, rate in rates.items() if rate is not None}


def fingers_of(templates: Sequence[Template]) -> list[Finger]:
    """Return samples by finger; unknown prints that match each other, however indirectly, are one finger."""
    named: dict[Position, list[Template]] = {}
    unknown: list[list[Template]] = []
    for template in templates:
        if template.position is not Position.UNKNOWN:
            named.setdefault(template.position, []).append(template)
            continue
        alike = [group for group in unknown if any(_rate(template, one) <= SAME_FINGER_FMR for one in group)]
        unknown = [group for group in unknown if group not in alike]
        unknown.append([*itertools.chain.from_iterable(alike), template])
    return [*named.items(), *((Position.UNKNOWN, group) for group in unknown)]


def faces_of(portraits: Sequence[Template]) -> list[Vector]:
    """Return the vectors that stand for a person's portraits, as matching.face_fusion describes them."""
    same_above = max(0.0, CALIBRATIONS[Modality.FACE].threshold(SAME_FACE_FMR))
    groups: list[list[Template]] = []
    for one in sorted(portraits, key=lambda portrait: portrait.embedding.raw_norm, reverse=True):
        for group in groups:
            if float(one.embedding.vector @ _fused(group)) >= same_above:
                group.append(one)
                break
        else:
            groups.append([one])
    return [_fused(group) for group in groups]


def _fused(group: Sequence[Template]) -> Vector:
    weights = [one.embedding.raw_norm**WEIGHT_POWER for one in group]
    mean = sum(weight * one.embedding.vector.astype(float) for weight, one in zip(weights, group, strict=True))
    mean = mean / sum(weights)
    length = math.sqrt(float(mean @ mean))
    vector: Vector = (mean / length * length**AGREEMENT_POWER).astype(np.float32)
    return vector


def _rate(probe: Template, reference: Template) -> float:
    score = toy_score(probe.minutiae.x, reference.minutiae.x)
    return CALIBRATIONS[Modality.FINGER].fmr(score).value


def _face_rate(probe: Vector, reference: Vector) -> float:
    return CALIBRATIONS[Modality.FACE].fmr(float(np.clip(probe @ reference, -1, 1))).value


def _evidence(probe: Finger, reference: Finger) -> float | None:
    positions = (probe[0], reference[0])
    if probe[0] is not reference[0] and (Position.UNKNOWN not in positions or Position.FACE in positions):
        return None
    if probe[0] is Position.FACE:
        rates = [_face_rate(*pair) for pair in itertools.product(faces_of(probe[1]), faces_of(reference[1]))]
    else:
        rates = [_rate(*pair) for pair in itertools.product(probe[1], reference[1])]
    best = max(LEAST_POSITION_FMR, min(rates))
    return -math.log(-math.expm1(len(rates) * math.log1p(-best))) if best < 1.0 else 0.0


def pairings(probe: Sequence[Finger], reference: Sequence[Finger]) -> Iterable[list[float]]:
    """Yield the evidence of every one-to-one pairing, its comparable pairs only."""
    width = max(len(probe), len(reference))
    for order in itertools.permutations(range(width), len(probe)):
        pairs = [(one, reference[number]) for one, number in zip(probe, order, strict=True) if number < len(reference)]
        yield [found for found in (_evidence(*pair) for pair in pairs) if found is not None]


def _person_rate(probe: list[Finger], reference: list[Finger]) -> float | None:
    faces = [_evidence(one, other) for one in probe for other in reference if one[0] is other[0] is Position.FACE]
    one_side = [finger for finger in probe if finger[0] is not Position.FACE]
    other_side = [finger for finger in reference if finger[0] is not Position.FACE]
    # A named finger that neither its namesake nor an unknown print can meet takes no part.
    one_side, other_side = _that_meet(one_side, other_side), _that_meet(other_side, one_side)
    best = max(pairings(one_side, other_side), key=sum)
    unknown = [sum(position is Position.UNKNOWN for position, _ in side) for side in (one_side, other_side)]
    shared = {position for position, _ in one_side} & {position for position, _ in other_side} - {Position.UNKNOWN}
    terms = min(len(one_side), len(other_side), len(shared) + sum(unknown)) + len(faces)
    if terms == 0:
        return None
    ways = count_pairings(
        unknown_probe=unknown[0],
        named_probe=len(one_side) - unknown[0],
        unknown_reference=unknown[1],
        named_reference=len(other_side) - unknown[1],
    )
    total = sum(best) + sum(evidence for evidence in faces if evidence is not None)
    tail = sum(math.exp(-total) * total**order / math.factorial(order) for order in range(terms))
    tried = [found for found in (_evidence(*pair) for pair in itertools.product(probe, reference)) if found is not None]
    smaller = min(ways * tail, len(tried) * math.exp(-max(tried)))
    return min(1.0, smaller if terms == 1 else 2 * smaller)


def _that_meet(fingers: list[Finger], others: list[Finger]) -> list[Finger]:
    met = {position for position, _ in others}
    return [one for one in fingers if met and (one[0] is Position.UNKNOWN or {one[0], Position.UNKNOWN} & met)]

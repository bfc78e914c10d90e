"""Which finger it is that was captured: compared with what is known of the person, and within one slap.

Known are the fingers captured before in the same session, and references of the person where there are some. A print
that agrees with a finger of another name is a finding; one that agrees with nothing is none, since poor prints of the
right finger do so too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from biometrics.positions import Position
from biometrics.scores import CalibratedFmr
from biometrics.slaps import Slap
from biometrics.templates import Template
from enrollment.capture.comparing import PrintComparison
from enrollment.capture.findings import CaptureFinding, FindingKind

_ENOUGH_TOGETHER = 2
"""Fingers of one slap that agree with fingers of another: then the slap is meant, and not each finger."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownFinger:
    """A finger that the person is known to have.

    Parameters
    ----------
    position
        Which, as it was named then.
    template
        Its print.
    recorded
        True for a reference of the person's, false for a capture of this session, which may itself be the wrong one.
    """

    position: Position
    template: Template
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agreement:
    """A fresh print and a known one that are of one finger."""

    position: Position
    known: Position
    recorded: bool
    rate: CalibratedFmr


def check_fingers(
    fresh: Mapping[Position, Template],
    known: Sequence[KnownFinger],
    compare: PrintComparison,
    same_finger_fmr: float,
    *,
    geometry: Collection[FindingKind] = (),
) -> tuple[CaptureFinding, ...]:
    """Return what speaks against the names of freshly captured fingers.

    Parameters
    ----------
    fresh
        The fingers of one try by the names that they would get, from left to right.
    known
        What is known of the person; templates of other formats are left out.
    compare
        How prints are compared.
    same_finger_fmr
        At which false match rate two prints count as the same finger.
    geometry
        What the places of the fingertips of a slap say of the hand; prints that agree overrule it.
    """
    agreeing = [
        _Agreement(position=position, known=one.position, recorded=one.recorded, rate=rate)
        for position, template in fresh.items()
        for one in known
        if one.template.format == template.format and (rate := compare(template, one.template)).value <= same_finger_fmr
    ]
    confirmed = {one.position for one in agreeing if one.position is one.known}
    strange = _strange(agreeing, confirmed)
    together = _together(strange, tuple(fresh))
    if together is None:
        findings = [_single(one, known) for one in strange.values()]
        if len(confirmed) < _ENOUGH_TOGETHER:
            findings = [*(CaptureFinding(kind=kind, positions=tuple(fresh)) for kind in geometry), *findings]
    else:
        findings = [together]
    return (*findings, *_duplicates(fresh, compare, same_finger_fmr))


def _strange(agreeing: Sequence[_Agreement], confirmed: set[Position]) -> dict[Position, _Agreement]:
    """Return for each fresh finger the best agreement with a finger of another name, in the order of the fresh ones.

    Where a print is also that of its own name, a reference of another name is the record's fault, not the capture's.
    """
    best: dict[Position, _Agreement] = {}
    for one in agreeing:
        if one.position is one.known or (one.recorded and one.position in confirmed):
            continue
        if one.position not in best or one.rate.value < best[one.position].rate.value:
            best[one.position] = one
    return best


def _single(one: _Agreement, known: Sequence[KnownFinger]) -> CaptureFinding:
    # That a print is of another finger than its name says is sure only where the name's own finger is known.
    elsewhere = one.recorded or any(other.position is one.position for other in known)
    kind = FindingKind.WRONG_FINGER if elsewhere else FindingKind.REPEATED_FINGER
    return CaptureFinding(kind=kind, positions=(one.position,), others=(one.known,), evidence=one.rate)


def _together(strange: Mapping[Position, _Agreement], fresh: tuple[Position, ...]) -> CaptureFinding | None:
    """Return what explains several fingers at once: the same slap again, the other hand, a hand turned round."""
    pressed, meant = _slap_of(fresh), _slap_of([one.known for one in strange.values()])
    if len(strange) < _ENOUGH_TOGETHER or pressed is None or meant is None:
        return None
    kind = FindingKind.SWAPPED_HANDS
    if meant is pressed:
        if not _reversed([(one.position, one.known) for one in strange.values()], pressed):
            return None
        kind = FindingKind.SWAPPED_THUMBS if pressed is Slap.THUMBS else FindingKind.UPSIDE_DOWN
    elif not all(one.recorded for one in strange.values()):
        kind = FindingKind.SAME_SLAP_TWICE
    return CaptureFinding(
        kind=kind,
        positions=tuple(strange),
        others=tuple(one.known for one in strange.values()),
        evidence=min((one.rate for one in strange.values()), key=lambda rate: rate.value),
    )


def _reversed(pairs: Sequence[tuple[Position, Position]], slap: Slap) -> bool:
    """Say whether fingers of a slap, from left to right, are its fingers from right to left."""
    places = [slap.fingers.index(known) for _, known in pairs]
    return all(first > second for first, second in pairwise(places))


def _slap_of(positions: Sequence[Position]) -> Slap | None:
    """Return the slap that all of the fingers belong to."""
    return next((slap for slap in Slap if set(positions) <= set(slap.fingers)), None) if positions else None


def _duplicates(
    fresh: Mapping[Position, Template], compare: PrintComparison, same_finger_fmr: float
) -> list[CaptureFinding]:
    """Return pairs of fingers of one slap that are one finger: none has two alike."""
    return [
        CaptureFinding(kind=FindingKind.DUPLICATE_IN_SLAP, positions=(first,), others=(second,), evidence=rate)
        for first, second in combinations(fresh, 2)
        if fresh[first].format == fresh[second].format
        and (rate := compare(fresh[first], fresh[second])).value <= same_finger_fmr
    ]

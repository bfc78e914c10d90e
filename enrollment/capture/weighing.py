"""What stands against a try: counted, named, measured, compared, in this order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from biometrics.positions import Modality, Position
from biometrics.quality import PadVerdict
from enrollment.capture.checks import KnownFinger, check_fingers
from enrollment.capture.comparing import PrintComparison
from enrollment.capture.findings import CaptureFinding, FindingKind, MissingFingers
from enrollment.capture.outcome import HeldTry
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.taking import TakenSample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """A try with its names and findings, or the question that comes before names."""

    held: HeldTry
    question: MissingFingers | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing stands against it."""
        return self.question is None and not self.held.findings


def weigh(
    held: HeldTry,
    expected: tuple[Position, ...],
    known: Sequence[KnownFinger],
    compare: PrintComparison,
    policy: CapturePolicy,
) -> Weighed:
    """Count and name the fingers of a try, and find what stands against it.

    Parameters
    ----------
    held
        Its samples; what was found before does not count.
    expected
        What it should show, from left to right.
    known
        What is known of the person otherwise.
    compare, policy
        By what is judged.
    """
    samples = _named(held.samples, expected)
    seen = tuple(one.position for one in samples)
    strange = tuple(position for position in seen if position not in expected)
    fewer = len(samples) < len(expected)
    if samples and fewer and (not strange or Position.UNKNOWN in strange):
        question = MissingFingers(
            seen=len(samples),
            expected=expected,
            candidates=_candidates(samples, expected, known, compare, policy),
        )
        told = CaptureFinding(kind=FindingKind.FEWER_FINGERS, seen=len(samples), expected=len(expected))
        return Weighed(held=replace(held, samples=samples, findings=(told,)), question=question)
    named = replace(held, samples=samples)
    if not samples or strange:
        findings: Iterator[CaptureFinding] = iter((_miscount(seen, strange, expected),))
    else:
        findings = _findings(named, known, compare, policy)
    return Weighed(held=replace(named, findings=tuple(findings)))


def _named(samples: tuple[TakenSample, ...], expected: tuple[Position, ...]) -> tuple[TakenSample, ...]:
    """Return the samples with names by their order, where their number is the one expected."""
    if len(samples) != len(expected) or any(one.position is not Position.UNKNOWN for one in samples):
        return samples
    return tuple(one.named(position) for one, position in zip(samples, expected, strict=True))


def _miscount(
    seen: tuple[Position, ...], strange: tuple[Position, ...], expected: tuple[Position, ...]
) -> CaptureFinding:
    if not seen:
        return CaptureFinding(kind=FindingKind.NOTHING_SEEN, seen=0, expected=len(expected))
    if Position.UNKNOWN in strange:
        return CaptureFinding(kind=FindingKind.TOO_MANY_FINGERS, seen=len(seen), expected=len(expected))
    return CaptureFinding(kind=FindingKind.UNEXPECTED_FINGER, others=strange, seen=len(seen), expected=len(expected))


def _candidates(
    samples: tuple[TakenSample, ...],
    expected: tuple[Position, ...],
    known: Sequence[KnownFinger],
    compare: PrintComparison,
    policy: CapturePolicy,
) -> tuple[Position, ...]:
    """Return which fingers may be missing: not those that the device named, or that agree with what is known."""
    there = {one.position for one in samples}
    for one in samples:
        template = one.extraction.template
        for other in known:
            if template is None or other.position not in expected or other.template.format != template.format:
                continue
            if compare(template, other.template).value <= policy.same_finger_fmr:
                there.add(other.position)
    return tuple(position for position in expected if position not in there) or expected


def _findings(
    held: HeldTry, known: Sequence[KnownFinger], compare: PrintComparison, policy: CapturePolicy
) -> Iterator[CaptureFinding]:
    """Yield what stands against a try whose samples are those expected; doubts about identity first."""
    modality = held.samples[0].position.modality
    if modality is Modality.FINGER:
        yield from check_fingers(
            held.templates, known, compare, policy.same_finger_fmr, geometry=sorted(held.geometry, key=_by_name)
        )
    suspected = [one for one in held.samples if one.extraction.pad.verdict is PadVerdict.ATTACK_SUSPECTED]
    unusable = [one for one in held.samples if not one.usable]
    least = policy.least_quality(modality)
    low = [one for one in held.samples if one.usable and one.quality < least]
    kind = FindingKind.UNUSABLE_PRINT if modality is Modality.FINGER else FindingKind.UNUSABLE_FACE
    for found, those in ((FindingKind.ATTACK_SUSPECTED, suspected), (kind, unusable), (FindingKind.LOW_QUALITY, low)):
        if those:
            yield CaptureFinding(kind=found, positions=tuple(one.position for one in those))


def _by_name(kind: FindingKind) -> str:
    return kind.value

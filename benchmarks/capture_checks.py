"""How often the checks of a capture ask an honest person again, and how often they see the wrong finger.

``python -m benchmarks.capture_checks --persons 100`` simulates persons, captures each finger of theirs twice (two
visits), and offers the prints as honest people do and as they do not. Simulated fingers of one person are as unlike
as those of different persons.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from biometrics.error_rates import ErrorRate
from biometrics.extraction import Extractor
from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.slaps import Slap
from biometrics.templates import Template
from devices.simulated import PPI, PROFILES, PrintOrder, Profile, fingers_of, simulate_prints
from enrollment.capture.checks import KnownFinger, check_fingers
from enrollment.capture.comparing import CalibratedComparison, PrintComparison
from enrollment.capture.findings import CaptureFinding, FindingKind
from enrollment.capture.policy import CapturePolicy
from models.finger.extractor import FingerExtractor
from models.store import ModelStore

Hand = Mapping[Position, Template]
"""Templates of one visit by the finger that was pressed."""

RIGHT, LEFT, THUMBS = (slap.fingers for slap in Slap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was counted: by the name of a kind of capture, how many there were and how many had a finding."""

    trials: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    prints: Counter[str] = field(default_factory=Counter)
    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def lines(self) -> Iterator[str]:
        """Yield a line per kind, with intervals."""
        for name, trials in self.trials.items():
            rate = ErrorRate.of(self.found[name], trials)
            median = float(np.median(self.taken_ms[name]))
            yield f"{name:58} {rate!s:42} {median:7.1f} ms"
        taken, usable = self.prints["taken"], self.prints["usable"]
        yield f"prints without a template, left out: {taken - usable} of {taken}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One capture that is offered: what is named how, what is known, and which finding is right (None: none is)."""

    name: str
    fresh: Hand
    known: Sequence[KnownFinger]
    right: frozenset[FindingKind]


def run(
    persons: int, profile: Profile, extractor: Extractor, compare: PrintComparison, rates: Sequence[float]
) -> Mapping[float, Tally]:
    """Simulate persons and count what the checks say at each of the false match rates.

    Raises
    ------
    ProcessingError
        When the model fails.
    """
    tallies = {fmr: Tally() for fmr in rates}
    for person in range(persons):
        visits = _visits(person, profile, extractor)
        for fmr, tally in tallies.items():
            tally.prints.update(taken=2 * len(FINGERS), usable=sum(map(len, visits)))
            for trial in (*_honest(*visits), *_dishonest(*visits)):
                _count(tally, trial, compare, fmr)
    return tallies


def _visits(person: int, profile: Profile, extractor: Extractor) -> tuple[Hand, Hand]:
    traits = fingers_of(person)
    orders = (PrintOrder(traits=traits[finger], touches=(1, 2), profile=profile) for finger in FINGERS)
    visits: tuple[dict[Position, Template], dict[Position, Template]] = ({}, {})
    for finger, (_, pictures) in zip(FINGERS, simulate_prints(orders, threads=1), strict=True):
        for visit, pixels in zip(visits, pictures, strict=True):
            sample = BiometricSample(position=finger, pixels=pixels, ppi=PPI, captured_at=now_utc(), simulated=True)
            template = extractor.extract(sample).template
            if template is not None:
                visit[finger] = template
    return visits


def _honest(now: Hand, before: Hand) -> Iterator[Trial]:
    """Yield every finger and slap as asked for, after those before it, without and with references."""
    nothing: frozenset[FindingKind] = frozenset()
    references = _known(before, FINGERS, recorded=True)
    for place, finger in enumerate(FINGERS):
        fresh, earlier = _named(now, [finger], [finger]), _known(now, FINGERS[:place])
        yield Trial(name="honest: finger by finger", fresh=fresh, known=earlier, right=nothing)
        yield Trial(
            name="honest: finger by finger, person known", fresh=fresh, known=[*earlier, *references], right=nothing
        )
    earlier = []
    for slap in Slap:
        fresh = _named(now, slap.fingers, slap.fingers)
        yield Trial(name="honest: slaps", fresh=fresh, known=earlier, right=nothing)
        yield Trial(name="honest: slaps, person known", fresh=fresh, known=[*earlier, *references], right=nothing)
        earlier = [*earlier, *_known(now, slap.fingers)]


def _dishonest(now: Hand, before: Hand) -> Iterator[Trial]:
    """Yield every finger in the place of the next one, slaps again, and hands and thumbs for each other."""
    references = _known(before, FINGERS, recorded=True)
    repeated, wrong = frozenset({FindingKind.REPEATED_FINGER}), frozenset({FindingKind.WRONG_FINGER})
    for place, finger in enumerate(FINGERS):
        other = FINGERS[(place + 1) % len(FINGERS)]
        again = _named(before, [other], [finger])
        yield Trial(
            name="repeated: a finger under the next one's name",
            fresh=again,
            known=_known(now, [finger]),
            right=repeated,
        )
        yield Trial(
            name="wrong: a finger for the next one, person known",
            fresh=_named(now, [other], [finger]),
            known=references,
            right=wrong,
        )
    twice, hands = frozenset({FindingKind.SAME_SLAP_TWICE}), frozenset({FindingKind.SWAPPED_HANDS})
    thumbs = frozenset({FindingKind.SWAPPED_THUMBS})
    double = frozenset({FindingKind.DUPLICATE_IN_SLAP})
    yield Trial(name="the right hand twice", fresh=_named(before, LEFT, RIGHT), known=_known(now, RIGHT), right=twice)
    yield Trial(
        name="the left hand for the right, person known", fresh=_named(now, RIGHT, LEFT), known=references, right=hands
    )
    yield Trial(
        name="thumbs swapped, person known", fresh=_named(now, THUMBS, THUMBS[::-1]), known=references, right=thumbs
    )
    pair = {**_named(now, RIGHT[:1], RIGHT[:1]), **_named(before, RIGHT[1:2], RIGHT[:1])}
    yield Trial(name="one finger twice in a slap", fresh=pair, known=[], right=double)


def _named(visit: Hand, names: Sequence[Position], shown: Sequence[Position]) -> Hand:
    pairs = zip(names, shown, strict=True)
    return {name: visit[finger] for name, finger in pairs if finger in visit}


def _known(visit: Hand, fingers: Sequence[Position], *, recorded: bool = False) -> list[KnownFinger]:
    there = (finger for finger in fingers if finger in visit)
    return [KnownFinger(position=finger, template=visit[finger], recorded=recorded) for finger in there]


def _count(tally: Tally, trial: Trial, compare: PrintComparison, fmr: float) -> None:
    started = time.perf_counter()
    findings = check_fingers(trial.fresh, trial.known, compare, fmr)
    tally.taken_ms[trial.name].append(1000 * (time.perf_counter() - started))
    tally.trials[trial.name] += 1
    tally.found[trial.name] += _is_found(findings, trial.right)


def _is_found(findings: Sequence[CaptureFinding], right: frozenset[FindingKind]) -> bool:
    """Say whether the right finding is there; of an honest capture, whether any is."""
    return any(not right or finding.kind in right for finding in findings)


def main(arguments: Sequence[str] | None = None, tell: Callable[[str], object] = print) -> int:
    """Measure as a command asks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capture_checks", description=__doc__)
    parser.add_argument("--persons", type=int, default=20)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="ordinary")
    parser.add_argument("--fmr", type=float, nargs="+", default=[CapturePolicy().same_finger_fmr])
    asked = parser.parse_args(arguments)
    extractor = FingerExtractor.load(ModelStore())
    tallies = run(asked.persons, PROFILES[asked.profile], extractor, CalibratedComparison(), asked.fmr)
    for fmr, tally in tallies.items():
        tell(f"{asked.persons} simulated persons, {asked.profile}, same finger at FMR {fmr:g}: found, time per check")
        for line in tally.lines():
            tell(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

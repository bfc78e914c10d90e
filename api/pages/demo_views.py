"""What the report of a demo shows, ready to be written: texts, numbers, and pictures as data URIs."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.dedup_page import PairView, SampleView


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """A stage of the demo: what was done, how often, and how long it took."""

    name: str
    seconds: float
    count: int
    unit: str

    @property
    def rate(self) -> str:
        """How many a second, in words."""
        return f"{self.count / self.seconds:,.1f} {self.unit} a second" if self.seconds > 0 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintKindRow:
    """The prints of one finger position: how many, their quality and minutiae as (least, median, most)."""

    position: str
    prints: int
    classes: str
    quality: tuple[int, int, int]
    minutiae: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceScore:
    """A rendering against an original: the cosine, and how often strangers come that near."""

    against: str
    cosine: float
    fmr: float
    extrapolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingView:
    """One rendering of a portrait: the picture, the face as the model sees it, its quality and its scores."""

    name: str
    picture: str
    aligned: str | None
    quality: int
    scores: tuple[FaceScore, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitView:
    """A portrait with its renderings, the original first."""

    title: str
    credit: str
    renderings: tuple[RenderingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedView:
    """A pair that was reported, and whether it had been planted."""

    pair: PairView
    planted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A command that works when it is typed, and what it does."""

    command: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvidence:
    """What the registry holds after a demo, drawn.

    Parameters
    ----------
    prints
        Prints with their minutiae.
    reported
        Pairs that the deduplication reported.
    missed
        Planted pairs that it did not, in words.
    twins
        What became of identical twins, in words.
    print_scores, person_scores
        Histograms as SVG.
    policy
        How often it lets strangers be reported, in words.
    print_kinds
        A row per finger position.
    portraits
        Public-domain portraits; none where no package carries one.
    """

    prints: tuple[SampleView, ...]
    reported: tuple[ReportedView, ...]
    missed: tuple[str, ...]
    twins: str
    print_scores: str
    person_scores: str
    policy: str
    print_kinds: tuple[PrintKindRow, ...]
    portraits: tuple[PortraitView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """Everything on the page.

    Parameters
    ----------
    seed
        The number everything was computed from.
    summary
        What became of it, a sentence each; the first is the result.
    evidence
        What there is to see.
    stages
        In the order they were done.
    next_steps
        What to type next.
    """

    seed: int
    summary: tuple[str, ...]
    evidence: DemoEvidence
    stages: tuple[StageTime, ...]
    next_steps: tuple[NextStep, ...]

"""One demo from nothing to its report: simulate, enroll, deduplicate, judge, show, by the commands' own use cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from api import wiring
from api.demo.evidence import draw_evidence
from api.demo.findings import Findings, judge
from api.demo.folder import DemoFolder
from api.demo.laps import Laps
from api.demo.next_steps import next_steps
from api.demo.truth import TAKEN, Truth, truth_of
from api.installation import Installation, open_installation
from api.pages.demo_page import demo_page
from api.pages.demo_views import DemoReport, NextStep, StageTime
from biometrics.files import write_whole
from biometrics.protocols import Progress
from devices.simulated import ORDINARY
from enrollment.batch import enroll_all, outcome_name
from enrollment.deduplication.office import DeduplicationOffice
from enrollment.deduplication.state import read_report
from enrollment.deduplication.store import runs_folder
from enrollment.intake import gather
from enrollment.preparation import Extractors
from enrollment.simulation import PopulationPlan, write_population
from matching.gallery import Gallery
from matching.minutiae import warm_up
from models.catalogue import CATALOGUE
from registry.store import Registry

Say = Callable[[str], None]
"""Tells the user what happened, a line each."""

_PUBLIC = 0o644
"""Mode of the report: it shows nobody, but for portraits in the public domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What a demo came to; `enrolled` counts persons by outcome."""

    enrolled: dict[str, int]
    findings: Findings
    stages: tuple[StageTime, ...]
    next_steps: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What one demo needs: an empty folder, whom to simulate, how the command is called, and whom to tell.

    `say` is told after each stage, `progress` during each.
    """

    folder: DemoFolder
    plan: PopulationPlan
    program: str
    say: Say
    progress: Progress

    def run(self) -> Demonstration:
        """Do everything, stage after stage, and write the report."""
        laps = Laps()
        truth = truth_of(self.plan)
        installation = open_installation(self.folder.home, create=True)
        extractors = self._prepare(installation, laps)
        manifest = self._simulate(installation, laps)
        with wiring.open_registry(installation, create=True) as registry:
            enrolled = self._enroll(manifest, registry, installation, extractors, laps)
            gallery = wiring.open_gallery(registry, installation, self.progress)
            findings = self._deduplicate(gallery, registry, installation, truth, laps)
            evidence = draw_evidence(gallery, registry, installation, extractors, truth, findings, self.progress)
        laps.end("draw the report", len(evidence.prints) + len(evidence.reported), "pictures and pairs")
        steps = next_steps(self.folder, truth, self.program)
        report = DemoReport(
            seed=self.plan.seed,
            summary=tuple(map(_as_sentence, (findings.sentence, findings.detail, _in_words(enrolled)))),
            evidence=evidence,
            stages=laps.stages,
            next_steps=steps,
        )
        write_whole(self.folder.report, demo_page(report).encode(), mode=_PUBLIC)
        return Demonstration(enrolled=enrolled, findings=findings, stages=laps.stages, next_steps=steps)

    def _prepare(self, installation: Installation, laps: Laps) -> Extractors:
        extractors = wiring.load_extractors(installation, self.progress)
        warm_up()
        laps.end("prepare the models", len(CATALOGUE), "models")
        self.say(f"prepared {len(CATALOGUE)} models")
        return extractors

    def _simulate(self, installation: Installation, laps: Laps) -> Path:
        written = write_population(
            self.plan,
            self.folder.people,
            fingers=TAKEN,
            profile=ORDINARY,
            threads=installation.settings.threads,
            progress=self.progress,
        )
        laps.end("simulate", written.prints, "prints")
        planted = f"{self.plan.duplicates} of them planted duplicates, {self.plan.twins} an identical twin"
        self.say(f"simulated {self.plan.persons} persons with {written.prints} prints, {planted}; nobody exists")
        return written.manifest

    def _enroll(
        self,
        manifest: Path,
        registry: Registry,
        installation: Installation,
        extractors: Extractors,
        laps: Laps,
    ) -> dict[str, int]:
        office = wiring.open_office(registry, installation, self.progress)
        intake, threads = gather([manifest]), installation.settings.threads
        enrolled: Counter[str] = Counter()
        for result in enroll_all(intake, office, extractors, threads=threads, progress=self.progress):
            if result.error is not None:
                raise result.error  # every print was made a moment ago: no space left, or something as grave
            enrolled[outcome_name(result)] += 1
        laps.end("enroll", registry.counts().samples, "prints")
        self.say(_in_words(enrolled))
        return dict(enrolled)

    def _deduplicate(
        self, gallery: Gallery, registry: Registry, installation: Installation, truth: Truth, laps: Laps
    ) -> Findings:
        office = DeduplicationOffice(
            registry=registry,
            gallery=gallery,
            policy=installation.settings.policy,
            folder=runs_folder(installation.home),
        )
        reported = read_report(office.store, office.run(progress=self.progress).run_id).pairs
        pairs = gallery.size * (gallery.size - 1) // 2
        laps.end("deduplicate", pairs, "pairs of persons")
        label_of = {subject.subject_id: subject.label for subject in registry.subjects()}
        findings = judge(reported, label_of, truth)
        self.say(f"compared everybody with everybody: {len(reported)} of {pairs:,} pairs may be one person")
        return findings


_WORDS = {
    "unique": "unique",
    "duplicate": "probably enrolled before",
    "needs_review": "doubtful",
    "not_enrolled": "not enrolled",
}


def _in_words(enrolled: Mapping[str, int]) -> str:
    parts = ", ".join(f"{enrolled[name]} {words}" for name, words in _WORDS.items() if name in enrolled)
    return f"enrolled {sum(enrolled.values())} simulated persons: {parts}"


def _as_sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."

"""A registry moved to another model: every kept sample extracted again, then all references exchanged at once.

It may be killed at any moment and started again, beside enrollments and searches, which go on with the old model until
the exchange.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from biometrics.errors import BiometricsError, ProcessingError
from biometrics.extraction import Extractor
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.records import SYSTEM
from biometrics.templates import BiometricReference, Template
from enrollment.kept_samples import read_kept
from enrollment.operations.operation import Answer, Asked, Operation, Performs
from enrollment.operations.reextraction import EXCHANGE, STAGE, Exchange, Stage
from registry.identifiers import new_identifier
from registry.replacement import LeftOut, Replaceable, Replacement, StagedResult
from registry.store import Registry

COMMIT_EVERY = 32
"""References whose results are kept together: about a second of extraction on one core, lost at most when killed."""

NO_SAMPLE = "no sample was kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextraction:
    """What a run came to.

    Parameters
    ----------
    model_id
        The model that was moved to.
    finished
        True when all references of the modality are that model's now; false when the exchange waits for a decision
        about `left_out`.
    made
        References made, in this run and before.
    left_out
        References for which the model made none, whose they are, and why.
    """

    model_id: str
    finished: bool
    made: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractionOffice:
    """Where a registry is moved to another model.

    Parameters
    ----------
    registry
        The registry; others may use it meanwhile.
    extractor
        Of the model to move to.
    modality
        What it extracts.
    threads
        Samples worked on at a time.
    perform
        Lets the registry's owner record; None where this process is it.
    """

    registry: Registry
    extractor: Extractor
    modality: Modality
    threads: int
    perform: Performs | None = None

    def run(self, *, leave_out: bool = False, progress: Progress = no_progress) -> Reextraction:
        """Make references of the model for everybody, and exchange them for those of other models.

        Parameters
        ----------
        leave_out
            Whether to exchange although some people then have no reference of this modality any more.
        progress
            Told after every few samples.

        Raises
        ------
        RecordConflictError
            When a re-extraction to another model is unfinished.
        RecordError
            When the registry cannot record.
        """
        target = Replacement(modality=self.modality, model_id=self.extractor.format.model_id)
        self._call(STAGE, Stage(target=target, begins=True))  # refuses at once what could not be recorded later
        while True:
            self._stage_all(target, progress)
            staged = self.registry.staged()
            left_out, made = (staged.left_out, staged.made) if staged else ((), 0)
            finished = leave_out or not left_out
            if finished and not self._call(EXCHANGE, Exchange(target=target, leave_out=leave_out)):
                continue  # somebody was enrolled meanwhile
            return Reextraction(model_id=target.model_id, finished=finished, made=made, left_out=left_out)

    def _stage_all(self, target: Replacement, progress: Progress) -> None:
        done, total, last = 0, self.registry.count_unreplaced(target), ""
        progress(done, total, "extracting")
        with ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="extract") as pool:
            while piece := self.registry.unreplaced(target, COMMIT_EVERY, last):
                results = tuple(pool.map(self._extract_again, piece))
                self._call(STAGE, Stage(target=target, results=results))
                done, last = done + len(piece), piece[-1].reference_id
                progress(done, max(done, total), "extracting")

    def _call(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        if self.perform is not None:
            return self.perform(operation, asked)
        return operation.perform(self.registry, SYSTEM, asked)

    def _extract_again(self, old: Replaceable) -> StagedResult:
        try:
            found = _template(old, self.registry, self.extractor)
        except BiometricsError as error:
            found = error.message
        if isinstance(found, str):
            return StagedResult(replaces=old.reference_id, reference=None, failure=found)
        reference = BiometricReference(
            reference_id=new_identifier(), subject_id=old.subject_id, template=found, sample_sha256=old.sha256
        )
        return StagedResult(replaces=old.reference_id, reference=reference)


def _template(old: Replaceable, registry: Registry, extractor: Extractor) -> Template | str:
    """Return the template of a kept sample, or why there is none."""
    if old.sha256 is None:
        return NO_SAMPLE
    extraction = extractor.extract(read_kept(registry, old.sha256, old))
    if extraction.template is None:
        return "; ".join(reason.value for reason in extraction.reasons)
    if extraction.template.format != extractor.format:
        raise ProcessingError("the extractor made a template of another format than it says")
    return extraction.template

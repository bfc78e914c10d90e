"""Many enrollments: extraction on all cores ahead of one line of decisions; one person's failure stops nobody else."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias, runtime_checkable

import structlog

from biometrics.decisions import Duplicate, EnrollmentOutcome, NeedsReview, NotEnrolled, Reason, Unique
from biometrics.errors import BiometricsError, ProcessingError, RecordConflictError
from biometrics.images import read_file
from biometrics.positions import Modality, Position
from biometrics.protocols import Progress, no_progress
from biometrics.quality import PAD_NOT_EVALUATED, ComponentVerdict, PadResult, PadVerdict
from biometrics.records import StoredSample
from biometrics.templates import Template
from enrollment.earlier import EarlierEnrollment
from enrollment.portraits import portrait_warnings
from enrollment.preparation import Extractors, PreparedSubmission, prepare
from enrollment.submission import Intake, SampleSource, Submission

_log = structlog.get_logger(__name__)

_AHEAD_PER_THREAD = 2
"""Prepared persons that wait for the writer, per extracting thread: enough to keep it busy, few enough for memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentResult:
    """What became of one person of a batch.

    Parameters
    ----------
    label
        The sender's identifier.
    outcome
        None when an error kept the person from being judged.
    error
        That error.
    simulated
        True when the samples are simulated; where none could be read, when their sender said so.
    repeated
        True when the same samples were enrolled before; then `outcome` is the earlier one and nothing was written.
    warnings
        What an operator should know about samples that were used, or not used, with the file's name; nothing when
        repeated, as the samples are not looked at again.
    verdicts
        File name and verdict of whatever could be better about a sample, with a key for the operator's language.
    qualities
        Quality per file name, 0-100.
    attacks
        Presentation attack evidence per file name, of faces.
    """

    label: str
    outcome: EnrollmentOutcome | None = None
    error: BiometricsError | None = None
    simulated: bool = False
    repeated: bool = False
    warnings: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, ComponentVerdict], ...] = ()
    qualities: tuple[tuple[str, int], ...] = ()
    attacks: tuple[tuple[str, PadResult], ...] = ()


@runtime_checkable
class Enrolls(Protocol):
    """What a batch needs of an office or of an `EnrollmentService`."""

    def enroll(self, prepared: PreparedSubmission) -> EnrollmentOutcome:
        """Search a person, decide and record."""
        ...

    def earlier(self, label: str, digests: tuple[str, ...]) -> EarlierEnrollment | None:
        """Return what became of the same samples; None when the label is new."""
        ...

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the portraits that are unlike most of the others."""
        ...


_Ready: TypeAlias = PreparedSubmission | EnrollmentResult
"""A person to be enrolled, or the result where there is nothing left to do."""


def enroll_all(
    intake: Intake,
    office: Enrolls,
    extractors: Extractors,
    *,
    threads: int,
    progress: Progress = no_progress,
) -> Iterator[EnrollmentResult]:
    """Yield a result per person, committed by then: refused ones first, then in the order of the intake."""
    total = intake.persons
    progress(0, total, "enrolling")
    for done, refused in enumerate(intake.refused, start=1):
        yield EnrollmentResult(label=refused.label, error=refused.error)
        progress(done, total, "enrolling")
    ready = _ready_ahead(intake.submissions, office, extractors, threads)
    for done, (submission, future) in enumerate(ready, start=len(intake.refused) + 1):
        yield _enroll_one(submission, future, office)
        progress(done, total, "enrolling")


def _ready_ahead(
    submissions: tuple[Submission, ...], office: Enrolls, extractors: Extractors, threads: int
) -> Iterator[tuple[Submission, Future[_Ready]]]:
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="extract")
    waiting: deque[tuple[Submission, Future[_Ready]]] = deque()
    remaining = iter(submissions)
    try:
        for submission in islice(remaining, threads * _AHEAD_PER_THREAD):
            waiting.append((submission, pool.submit(_make_ready, submission, office, extractors)))
        while waiting:
            yield waiting.popleft()
            for submission in islice(remaining, 1):
                waiting.append((submission, pool.submit(_make_ready, submission, office, extractors)))
    finally:
        pool.shutdown(cancel_futures=True)


def _make_ready(submission: Submission, office: Enrolls, extractors: Extractors) -> _Ready:
    # Digests are cheap, extraction is not: whoever is enrolled needs only the former.
    digests = tuple(hashlib.sha256(read_file(source.path)).hexdigest() for source in submission.sources)
    return _repeated(submission, digests, office) or prepare(submission, extractors)


def _enroll_one(submission: Submission, future: Future[_Ready], office: Enrolls) -> EnrollmentResult:
    try:
        ready = future.result()
        if isinstance(ready, EnrollmentResult):
            return ready
        # Somebody else may have enrolled the same person since.
        digests = tuple(one.image.sha256 for one in ready.samples)
        repeated = _repeated(submission, digests, office)
        if repeated is not None:
            return repeated
        outcome = office.enroll(ready)
    except RecordConflictError as error:
        return _after_conflict(submission, future, office) or _failed(submission, error)
    except BiometricsError as error:
        return _failed(submission, error)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost those behind this person
        _log.exception("enrollment.failed")
        unforeseen = ProcessingError(
            f"internal error {type(error).__name__}", source=submission.label, remedy="please report it with the log"
        )
        return _failed(submission, unforeseen)
    return EnrollmentResult(
        label=submission.label,
        outcome=outcome,
        simulated=ready.simulated,
        warnings=(*_warnings(ready), *portrait_warnings(ready, office)),
        verdicts=tuple(
            (one.source.path.name, verdict)
            for one in ready.samples
            for verdict in one.extraction.verdicts
            if verdict.verdict.is_advice
        ),
        qualities=tuple((one.source.path.name, one.extraction.quality.value) for one in ready.samples),
        attacks=tuple(
            (one.source.path.name, one.extraction.pad) for one in ready.samples if one.sample.modality is Modality.FACE
        ),
    )


def _failed(submission: Submission, error: BiometricsError) -> EnrollmentResult:
    simulated = any(source.simulated for source in submission.sources)
    return EnrollmentResult(label=submission.label, error=error, simulated=simulated)


def _after_conflict(submission: Submission, future: Future[_Ready], office: Enrolls) -> EnrollmentResult | None:
    """Return the earlier result when somebody else enrolled the same samples between our look and our commit."""
    try:
        ready = future.result()
        if isinstance(ready, EnrollmentResult):
            return ready
        return _repeated(submission, tuple(one.image.sha256 for one in ready.samples), office)
    except RecordConflictError:
        return None


def _repeated(submission: Submission, digests: tuple[str, ...], office: Enrolls) -> EnrollmentResult | None:
    earlier = office.earlier(submission.label, digests)
    if earlier is None:
        return None
    stored = {sample.sha256: sample for sample in earlier.samples}
    named = [(source, stored[digest]) for source, digest in zip(submission.sources, digests, strict=True)]
    for source, sample in named:
        _refuse_other_facts(source, sample)
    return EnrollmentResult(
        label=submission.label,
        outcome=earlier.outcome,
        simulated=earlier.simulated,
        repeated=True,
        qualities=tuple((source.path.name, sample.quality.value) for source, sample in named),
        attacks=tuple((source.path.name, sample.pad) for source, sample in named if sample.position is Position.FACE),
    )


def _refuse_other_facts(source: SampleSource, sample: StoredSample) -> None:
    moved = source.position not in (Position.UNKNOWN, sample.position)
    scaled = None not in (source.ppi, sample.ppi) and source.ppi != sample.ppi
    redeclared = source.simulated not in (None, sample.simulated)
    if moved or scaled or redeclared:
        raise RecordConflictError(
            "this sample is enrolled already, with another position or resolution, or otherwise simulated or not",
            source=source.origin,
            remedy="correct the line, or enroll the person anew under another identifier",
        )


def _warnings(prepared: PreparedSubmission) -> tuple[str, ...]:
    found = []
    for one in prepared.samples:
        # Where there are verdicts they say it, in the operator's language.
        reasons = () if one.extraction.verdicts else (reason.advice for reason in one.extraction.reasons)
        notes = (*one.image.notes, *one.extraction.warnings, *reasons, *_attack_notes(one.extraction.pad))
        found += [f"{one.source.path.name}: {note}" for note in notes]
    return tuple(found)


def _attack_notes(pad: PadResult) -> tuple[str, ...]:
    if pad.verdict is PadVerdict.ATTACK_SUSPECTED:
        return (Reason.ATTACK_SUSPECTED.advice,)
    if pad.verdict is PadVerdict.NOT_EVALUATED and pad.algorithm != PAD_NOT_EVALUATED.algorithm:
        return (f"{pad.algorithm} could not judge whether this is an attack: {pad.reason}",)
    return ()


def outcome_name(result: EnrollmentResult) -> str:
    """Return the outcome's name as it appears in summaries and JSON."""
    names = {
        Unique: "unique",
        Duplicate: "duplicate",
        NeedsReview: "needs_review",
        NotEnrolled: "not_enrolled",
        type(None): "failed",
    }
    return names[type(result.outcome)]

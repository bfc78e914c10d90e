"""Templates of a whole data set, extracted once and kept in the cache for the next run."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import models
from benchmarks.bootstrap import REPLICATES, SubjectSides, share
from benchmarks.datasets import DataSet, SampleFile
from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, measured, single_threaded
from biometrics.arrays import Ids
from biometrics.errors import BiometricsError, ImageFormatError, ProcessingError, SampleError
from biometrics.extraction import Extraction, Extractor
from biometrics.files import write_whole
from biometrics.images import decode_image
from biometrics.places import cache_folder
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.quality import ComponentVerdict, Verdict
from biometrics.samples import BiometricSample, now_utc
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import Template

_TIMED_SAMPLES = 24

_SOURCES = (".py", ".npz")
"""Endings of the files, code and learned numbers, on which templates depend."""

_SIMULATED = "{name}: {count} of {all} samples are simulated; error rates on them say nothing about people"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of one sample: a template, or why there is none: reasons, or the type and message of an error.

    `verdicts` are those on the components of its quality, where there are some.
    """

    template: Template | None
    failure: str | None
    verdicts: tuple[ComponentVerdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrolled:
    """A data set and what became of its samples, in the same order."""

    data: DataSet
    outcomes: tuple[Outcome, ...]

    @property
    def templates(self) -> tuple[Template | None, ...]:
        """A template per sample, None where it failed to enroll."""
        return tuple(outcome.template for outcome in self.outcomes)

    @property
    def subjects(self) -> Ids:
        """Number of the subject of each sample, int64 [samples]."""
        return self.data.subject_numbers

    @property
    def failed(self) -> dict[str, str]:
        """Why a sample failed to enroll, by the names of those that did."""
        both = zip(self.data.samples, self.outcomes, strict=True)
        return {sample.name: str(outcome.failure) for sample, outcome in both if outcome.template is None}

    def require_any(self) -> None:
        """Refuse a set of which nothing was enrolled: then the folder, the modality or the resolution is wrong.

        Raises
        ------
        SampleError
            Saying what became of the first sample.
        """
        if all(outcome.template is None for outcome in self.outcomes):
            raise SampleError(
                f"none of {len(self.outcomes)} samples could be enrolled; the first: {self.outcomes[0].failure}",
                source=self.data.name,
                remedy="check the folder, and for prints their resolution, given as DIR:PPI",
            )

    def failures(self, replicates: int = REPLICATES) -> Figure:
        """Return the failure-to-enroll rate over samples, with its interval over subjects."""
        missing = np.array([outcome.template is None for outcome in self.outcomes])
        sides: SubjectSides = self.subjects[:, None]
        return share(missing, sides, replicates=replicates)

    def notes(self) -> tuple[str, ...]:
        """Say how many samples are simulated, and how many failed to enroll, why, and the first of each reason."""
        told = (_SIMULATED.format(name=self.data.name, count=self.simulated, all=len(self.outcomes)),)
        return told * bool(self.simulated) + self._failures_told()

    @property
    def simulated(self) -> int:
        """How many templates are of simulated samples."""
        return sum(template.simulated for template in self.templates if template is not None)

    def _failures_told(self) -> tuple[str, ...]:
        failed = self.failed
        if not failed:
            return ()
        counts = Counter(_kind(why) for why in failed.values())
        first = {_kind(why): name + why.removeprefix(_kind(why)) for name, why in reversed(failed.items())}
        parts = ", ".join(f"{count} {kind} ({first[kind]})" for kind, count in counts.most_common())
        return (f"{self.data.name}: {len(failed)} of {len(self.outcomes)} samples failed to enroll: {parts}",)


class CachingExtractor:
    """Extracts the samples of a benchmark; what earlier runs extracted comes from a cache.

    The cache knows an extraction by the image, its resolution, the model, and the source of the extractor.

    Parameters
    ----------
    extractor
        Of one modality.
    folder
        Of the cache; None for `bench` in the user's cache folder.
    fresh
        Read nothing that earlier runs left.
    """

    def __init__(self, extractor: Extractor, folder: Path | None = None, *, fresh: bool = False) -> None:
        self.extractor = extractor
        self.position = Position.FACE if extractor.format.metric == "cosine" else Position.UNKNOWN
        self._folder = cache_folder() / "bench" if folder is None else folder
        self._fresh = fresh
        self._identity = f"{extractor.format.model_id}|{self.position.value}|{_source_digest(type(extractor))}"

    def of(self, extractor: Extractor) -> CachingExtractor:
        """Return the same of another extractor."""
        return CachingExtractor(extractor, self._folder, fresh=self._fresh)

    def extract(self, sample: SampleFile) -> Outcome:
        """Return what becomes of a sample; one that cannot be read or judged failed to enroll."""
        try:
            data = read_sample(sample.path)
            place = self._folder / f"{self._key(sample, data)}.json"
            kept = None if self._fresh else _kept(place)
            if kept is not None:
                return kept
            outcome = _outcome(self.extractor.extract(self.sample(sample, data)))
        except (SampleError, ProcessingError) as error:
            return Outcome(template=None, failure=f"{error.kind}: {error.message}")
        write_whole(place, _stored(outcome))
        return outcome

    def extract_all(self, data: DataSet, progress: Progress = no_progress) -> Enrolled:
        """Extract every sample of a data set, on all cores."""
        outcomes = []
        what = f"extracting {data.name}"
        pool = ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0)), thread_name_prefix="extract")
        try:
            for done, outcome in enumerate(pool.map(self.extract, data.samples)):
                progress(done, len(data.samples), what)
                outcomes.append(outcome)
        finally:
            pool.shutdown(cancel_futures=True)
        progress(len(data.samples), len(data.samples), what)
        return Enrolled(data=data, outcomes=tuple(outcomes))

    def time(self, enrolled: Enrolled) -> Figure | None:
        """Return the median milliseconds of one extraction on one thread, of samples spread over the set; None if few.

        From pixels to template: reading and decoding the file do not count. Processor time is counted, that of every
        thread.
        """
        both = zip(enrolled.data.samples, enrolled.outcomes, strict=True)
        usable = [sample for sample, outcome in both if outcome.template is not None]
        if len(usable) < LEAST_ROUNDS:
            return None
        picked = np.unique(np.linspace(0, len(usable) - 1, _TIMED_SAMPLES).astype(int))
        samples = [self.sample(usable[index], read_sample(usable[index].path)) for index in picked]
        with single_threaded():
            self.extractor.extract(samples[0])  # warm-up
            return measured([partial(self.extractor.extract, sample) for sample in samples], clock=time.process_time)

    def _key(self, sample: SampleFile, data: bytes) -> str:
        content = f"{hashlib.sha256(data).hexdigest()}|{sample.ppi}|{self._identity}"
        return hashlib.sha256(content.encode()).hexdigest()

    def sample(self, sample: SampleFile, data: bytes) -> BiometricSample:
        """Return the sample that a file's content becomes.

        Raises
        ------
        SampleError
            When it cannot be decoded.
        """
        image = decode_image(data, source=sample.name)
        ppi = sample.ppi if sample.ppi is not None else image.ppi
        return BiometricSample(
            position=self.position, pixels=image.pixels, ppi=ppi, captured_at=now_utc(), simulated=image.simulated
        )


def _kind(failure: str) -> str:
    """Return a failure without what an error says of its sample alone."""
    return failure.partition(":")[0]


def read_sample(path: Path) -> bytes:
    """Return the content of a sample's file.

    Raises
    ------
    ImageFormatError
        When it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageFormatError(
            f"the file cannot be read: {error.strerror}", source=str(path), remedy="check its permissions"
        ) from error


def _outcome(found: Extraction) -> Outcome:
    failure = "+".join(reason.value for reason in found.reasons) or None
    return Outcome(template=found.template, failure=failure, verdicts=found.verdicts)


def _source_digest(kind: type) -> str:
    """Digest the models, and the room an extractor is written in: a change makes new templates before a version."""
    digest = hashlib.sha256()
    room = Path(inspect.getfile(kind)).parents[kind.__module__.count(".") - 1]
    rooms = {room, Path(models.__file__).parent}
    for source in sorted(path for place in rooms for path in place.rglob("*") if path.suffix in _SOURCES):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _stored(outcome: Outcome) -> bytes:
    template = outcome.template
    content = {
        "failure": outcome.failure,
        "verdicts": [[one.component, one.verdict.value, one.message] for one in outcome.verdicts],
        "template": None if template is None else base64.b64encode(encode_template(template)).decode(),
    }
    return json.dumps(content).encode()


def _kept(place: Path) -> Outcome | None:
    try:
        content = json.loads(place.read_bytes())
        template = content["template"]
        return Outcome(
            template=None if template is None else decode_template(base64.b64decode(template, validate=True)),
            failure=content["failure"],
            verdicts=tuple(
                ComponentVerdict(component=component, verdict=Verdict(verdict), message=message)
                for component, verdict, message in content["verdicts"]
            ),
        )
    except (OSError, BiometricsError, ValueError, KeyError, TypeError):
        return None  # not there, damaged, or written by another version: extract

"""References made of pictures that were imported without, so that their persons can be searched.

It may be killed at any moment and started again, beside enrollments and searches: every few pictures are recorded, and
searched, as soon as they are extracted. What cannot be used is recorded with the reason and not tried again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from biometrics.decisions import Reason
from biometrics.errors import BiometricsError, RecordConflictError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.quality import PadVerdict
from biometrics.records import SYSTEM
from enrollment.kept_samples import read_kept
from enrollment.operations.extraction import RECORD_EXTRACTED, Extracted
from enrollment.operations.operation import Performs
from enrollment.preparation import Extractors
from registry.extraction import ExtractedSample, UnextractedSample
from registry.reading import Reader
from registry.store import Registry
from registry.tables.core import UNTRIED

ENCOUNTERS_AT_ONCE = 8
"""Encounters recorded together: at ten fingers and a face each, two seconds of extraction on one core."""

PAD_MISSING = "presentation attack detection is required, and was not evaluated"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateExtraction:
    """What a run came to.

    Parameters
    ----------
    made
        References made.
    unusable
        Pictures that were tried, in this run, and cannot be used.
    waiting
        Pictures that still wait.
    """

    made: int
    unusable: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionOffice:
    """Where pictures without references are extracted.

    Parameters
    ----------
    registry
        The registry; others may use it meanwhile.
    extractors
        With the installation's models.
    require_pad
        Whether faces are used only when something looked for a presentation attack.
    threads
        Pictures worked on at a time.
    perform
        Lets the registry's owner record; None where this process is it.
    """

    registry: Registry
    extractors: Extractors
    threads: int
    require_pad: bool = False
    perform: Performs | None = None

    def run(self, *, again: bool = False, limit: int | None = None, progress: Progress = no_progress) -> LateExtraction:
        """Extract all pictures that wait.

        Parameters
        ----------
        again
            Whether to try pictures again that could not be used before, these first.
        limit
            Try at most so many pictures.
        progress
            Told after every few pictures.

        Raises
        ------
        RecordConflictError
            When the registry's references are of other models, or were moved to one meanwhile.
        RecordError
            When the registry cannot record.
        """
        with self.registry.reading() as record:
            _require_models(record, self.extractors)
            last_exchange = record.extraction.last_exchange()
            standing = record.extraction.tally()
        total = sum(standing.values()) if again else standing.get(UNTRIED, 0)
        total = total if limit is None else min(limit, total)
        made = unusable = done = 0
        progress(done, total, "extracting")
        with ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="extract") as pool:
            for results in self._extracted(pool, self._pieces(again, limit)):
                made += self._record(Extracted(results=results, last_exchange=last_exchange))
                unusable += sum(one.failure is not None for one in results)
                done += len(results)
                progress(done, max(done, total), "extracting")
        with self.registry.reading() as record:
            waiting = record.extraction.waiting()
        return LateExtraction(made=made, unusable=unusable, waiting=waiting)

    def _pieces(self, again: bool, limit: int | None) -> Iterator[tuple[UnextractedSample, ...]]:
        """Yield the pictures of a few encounters at a time."""
        taken = 0
        for tried in (True, False) if again else (False,):
            after = ""
            while limit is None or taken < limit:
                with self.registry.reading() as record:
                    piece = record.extraction.unextracted(tried=tried, after=after, most=ENCOUNTERS_AT_ONCE)
                piece = piece if limit is None else piece[: limit - taken]
                if not piece:
                    break
                yield piece
                taken, after = taken + len(piece), piece[-1].encounter_id

    def _extracted(
        self, pool: ThreadPoolExecutor, pieces: Iterator[tuple[UnextractedSample, ...]]
    ) -> Iterator[tuple[ExtractedSample, ...]]:
        """Yield what was made of each piece, while the next one is worked on."""
        coming: Iterator[ExtractedSample] | None = None
        for piece in pieces:
            begun = pool.map(self._extract, piece)
            if coming is not None:
                yield tuple(coming)
            coming = begun
        if coming is not None:
            yield tuple(coming)

    def _record(self, made: Extracted) -> int:
        if self.perform is not None:
            return self.perform(RECORD_EXTRACTED, made)
        return RECORD_EXTRACTED.perform(self.registry, SYSTEM, made)

    def _extract(self, kept: UnextractedSample) -> ExtractedSample:
        try:
            sample = read_kept(self.registry, kept.sha256, kept)
            found = self.extractors.of(sample.modality).extract(sample)
        except BiometricsError as error:
            return ExtractedSample(encounter_id=kept.encounter_id, ordinal=kept.ordinal, failure=error.message)
        failure = self._failure(found, sample.modality)
        return ExtractedSample(
            encounter_id=kept.encounter_id,
            ordinal=kept.ordinal,
            template=None if failure else found.template,
            failure=failure,
            quality=found.quality,
            pad=found.pad,
        )

    def _failure(self, found: Extraction, modality: Modality) -> str | None:
        """Return why what was found cannot be used; None when it can."""
        if found.template is None:
            return "; ".join(reason.value for reason in found.reasons)
        if found.pad.verdict is PadVerdict.ATTACK_SUSPECTED:
            return Reason.ATTACK_SUSPECTED.value
        if self.require_pad and modality is Modality.FACE and found.pad.verdict is PadVerdict.NOT_EVALUATED:
            return PAD_MISSING
        return None


def _require_models(record: Reader, extractors: Extractors) -> None:
    """Refuse to mix references of two models: they could not be compared."""
    for use in record.models_in_use():
        chosen = extractors.of(use.modality).format.model_id
        if use.model_id != chosen:
            raise RecordConflictError(
                f"{use.references} references of this registry are of model {use.model_id}, and the installation "
                f"extracts with {chosen}",
                source=use.modality.value,
                remedy=f"move them first: kura registry reextract --model {chosen}",
            )

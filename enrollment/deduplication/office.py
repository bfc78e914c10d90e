"""Runs of deduplication: begun, worked on, interrupted at any moment, gone on with, and ended.

What a run reports depends on who was a member at its generation, on what must not change (`RunBasis`), and on how
things stand when it ends, never on how often it was interrupted or what happened meanwhile. Its rules:

- Whoever came after its generation takes no part.
- A pair with somebody whose references changed, moved or went after its generation is not reported. The next run of
  newcomers compares those who are still there with everybody.
- A pair that people decided before the end is not reported.
- Cases open as soon as pairs are found, and stay.

A tile counts as done when its cases are committed and the journal says so; what was interrupted before is compared
again, and finds the cases that it opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from biometrics.decisions import DecisionPolicy
from biometrics.errors import RecordConflictError
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY, SYSTEM, Actor
from biometrics.samples import now_utc
from enrollment.deduplication.basis import require_same_basis
from enrollment.deduplication.beginning import last_finished, new_manifest, order_members
from enrollment.deduplication.cases import CaseOpener
from enrollment.deduplication.journal import FoundPair, Journal
from enrollment.deduplication.pairs import ReportedPair
from enrollment.deduplication.plan import Span, SpanLength
from enrollment.deduplication.records import RunKind, RunManifest, RunResult, SessionBegun, TilesDone
from enrollment.deduplication.state import RunState, read_state
from enrollment.deduplication.store import RunStore
from enrollment.deduplication.turn import taking_turn
from matching.deduplicate import compare_groups
from matching.gallery import Gallery
from registry.gallery_view import GalleryView
from registry.reading import Reader
from registry.store import Registry

RUN_FINISHED = "deduplication.finished"
"""What the audit trail calls the end of a run."""

EXHAUSTIVE = "exhaustive"
"""What stands for a kernel where no vectors list whom to compare."""

RECORD_EVERY_S = 1.0
"""Work between two records of the journal: what a kill costs at most, and how soon an interruption is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeduplicationOffice:
    """Where everybody in a gallery is compared with everybody.

    Parameters
    ----------
    registry, gallery, policy, gallery_id
        As in `EnrollmentOffice`; enrollments may go on meanwhile.
    folder
        Where runs are kept.
    actor
        Who has the run made.
    edge
        Members of a block; by default as suits their number.
    record_every_s
        Work between two records of the journal.
    threads
        How many share the comparisons.
    """

    registry: Registry
    gallery: Gallery
    policy: DecisionPolicy
    folder: Path
    gallery_id: str = DEFAULT_GALLERY
    actor: Actor = SYSTEM
    edge: int | None = None
    record_every_s: float = RECORD_EVERY_S
    threads: int = 1

    @property
    def store(self) -> RunStore:
        """The runs."""
        return RunStore(folder=self.folder)

    def run(self, kind: RunKind = RunKind.EVERYBODY, progress: Progress = no_progress) -> RunState:
        """Begin a run and work on it to its end. An exception, from `progress` too, leaves it to be gone on with.

        Parameters
        ----------
        kind
            Who is compared with everybody.
        progress
            Told pairs of persons compared, and how many there are.

        Raises
        ------
        RecordBusyError
            When somebody works on a run of this installation.
        StorageError
            When a file of the run cannot be written.
        RecordError
            When a case cannot be opened.
        """
        with taking_turn(self.folder) as turn:
            manifest, members = self._begin(kind)
            turn.note(manifest.run_id)
            return self._work(manifest, members, progress)

    def resume(self, run_id: str, progress: Progress = no_progress) -> RunState:
        """Go on with a run to its end; one that is finished is returned as it is.

        Raises
        ------
        RecordNotFoundError
            When there is no such run.
        RecordConflictError
            When it is of another gallery.
        RecordError, ConfigurationError
            When it is another registry's, or what it depends on changed; also as `run`.
        StorageError
            When a file of the run is damaged; also as `run`.
        """
        store = self.store
        store.require(run_id)
        with taking_turn(self.folder) as turn:
            turn.note(run_id)
            manifest = store.manifest(run_id)
            if store.result(run_id) is not None:
                store.forget_members(run_id)  # whoever ended the run may have been killed before
                return read_state(store, run_id)
            if manifest.gallery_id != self.gallery_id:
                message = f"the run is of the gallery {manifest.gallery_id}, not {self.gallery_id}"
                raise RecordConflictError(message, source=run_id, remedy="name that gallery")
            self._follow()
            with self.registry.reading() as record:
                require_same_basis(manifest, record, self.gallery, self.policy)
            return self._work(manifest, store.members(manifest), progress)

    def _begin(self, kind: RunKind) -> tuple[RunManifest, Sequence[str]]:
        self._follow()
        membership = self.gallery.membership()  # before the snapshot, which must know this generation
        with self.registry.reading() as record:
            earlier = last_finished(record, self.store, self.gallery_id) if kind is RunKind.NEW else None
            order = order_members(record, membership, earlier, self.gallery_id)
            manifest = new_manifest(
                record, self.gallery, order, policy=self.policy, kind=kind, gallery_id=self.gallery_id
            )
        manifest = replace(manifest, edge=self.edge or manifest.edge)
        return self.store.create(manifest, order.members), order.members

    def _follow(self) -> None:
        self.gallery.follow(GalleryView(source=self.registry, gallery_id=self.gallery_id))

    def _work(self, manifest: RunManifest, members: Sequence[str], progress: Progress) -> RunState:
        """Compare what the journal does not say is done, then end the run."""
        run_id, plan, store = manifest.run_id, manifest.plan, self.store
        content = store.journal(run_id)
        done, length = plan.comparisons_before(content.tiles_done), SpanLength(target_s=self.record_every_s)
        compare = self._comparer(manifest, members)
        with Journal(store.journal_path(run_id), content) as journal:
            journal.append(SessionBegun(at=now_utc(), kernel=self._kernel(manifest)))
            progress(done, plan.comparisons, "deduplication")
            for span in plan.spans(content.tiles_done, length):
                tiles, pairs = compare(span)
                journal.append(tiles, pairs)
                length.learn(span.end - span.begin, tiles.seconds)
                done += span.comparisons
                progress(done, plan.comparisons, "deduplication")
        self._end(manifest, members)
        return read_state(store, run_id)

    def _kernel(self, manifest: RunManifest) -> str:
        listing = self.gallery.kernel if self.gallery.lists_among(manifest.members) else None
        return listing or EXHAUSTIVE

    def _comparer(
        self, manifest: RunManifest, members: Sequence[str]
    ) -> Callable[[Span], tuple[TilesDone, tuple[ReportedPair, ...]]]:
        """Return what compares the tiles of a span and opens their cases."""
        cases = CaseOpener(
            registry=self.registry,
            actor=self.actor,
            rates=manifest.rates,
            policy_version=self.policy.version,
            populations=self.gallery.populations,
        )

        def compare(span: Span) -> tuple[TilesDone, tuple[ReportedPair, ...]]:
            started = time.monotonic()
            earlier = members[span.earlier_begin : span.earlier_end]
            later = members[span.later_begin : span.later_end]
            # Who stands later is the probe, as at an enrollment: within a block, too.
            groups: list[tuple[Sequence[str], Sequence[str] | None]] = [(later, earlier)] if earlier else []
            groups += [(later[::-1], None)] if span.within else []
            parts = [compare_groups(self.gallery, *two, manifest.rates, threads=self.threads) for two in groups]
            reported = cases.open([pair for part in parts for pair in part.pairs])
            tiles = TilesDone(
                begin=span.begin,
                end=span.end,
                compared=sum(part.compared for part in parts),
                not_comparable=sum(part.not_comparable for part in parts),
                seconds=time.monotonic() - started,
            )
            return tiles, reported

        return compare

    def _end(self, manifest: RunManifest, members: Sequence[str]) -> None:
        """Look at how things stand, and keep how the run ended."""
        run_id, store = manifest.run_id, self.store
        pairs = store.journal(run_id).pairs
        journal_bytes, journal_sha256 = store.journal_digest(run_id)
        with self.registry.reading() as record:
            changed = record.changed_subjects(manifest.generation, self.gallery_id)
            overtaken = {number for number, one in enumerate(pairs) if changed.intersection((one.a, one.b))}
            answered = _answered(record, pairs)
            generation = record.latest_sequence()
        result = RunResult(
            finished_at=now_utc(),
            generation=generation,
            changed_members=len(changed.intersection(members)),
            changed_pairs=tuple(sorted(overtaken)),
            answered_pairs=tuple(sorted(answered - overtaken)),
            journal_bytes=journal_bytes,
            journal_sha256=journal_sha256,
        )
        self._tell_trail(manifest, len(pairs) - len(overtaken | answered))
        store.finish(run_id, result)

    def _tell_trail(self, manifest: RunManifest, pairs: int) -> None:
        told = {
            "run": manifest.run_id,
            "kind": manifest.kind.value,
            "gallery": manifest.gallery_id,
            "generation": manifest.generation,
            "persons": manifest.members,
            "pairs": pairs,
        }
        with self.registry.writing(self.actor) as writer:
            writer.append_event(RUN_FINISHED, None, told)


def _answered(record: Reader, pairs: Sequence[FoundPair]) -> set[int]:
    """Return which pairs people decided about, and nothing was added since."""
    return {number for number, pair in enumerate(pairs) if record.adjudication.deciding(pair.a, pair.b) is not None}

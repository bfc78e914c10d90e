"""A person searched before they are recorded, outside the writer section: what takes long is done there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy, NotEnrolled, Reason
from biometrics.records import Actor, StoredSample
from biometrics.templates import BiometricReference, Probe
from enrollment.attacks import require_judged
from enrollment.portraits import unlike_portraits
from enrollment.preparation import PreparedSample, PreparedSubmission
from enrollment.recording import GalleryDesk, GallerySearch
from registry.counting import place_details
from registry.identifiers import new_identifier
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchedPerson:
    """A person ready to be recorded: searched in galleries at a generation of each, their files kept."""

    prepared: PreparedSubmission
    actor: Actor
    policy: DecisionPolicy
    searches: tuple[GallerySearch, ...]
    samples: tuple[StoredSample, ...]
    portraits_apart: int

    @property
    def galleries(self) -> tuple[str, ...]:
        """Where the person was searched."""
        return tuple(search.desk.gallery_id for search in self.searches)

    def references(self, subject_id: str) -> tuple[BiometricReference, ...]:
        """Return the templates as references of a subject."""
        return tuple(
            BiometricReference(
                reference_id=new_identifier(),
                subject_id=subject_id,
                template=one.extraction.template,
                sample_sha256=one.image.sha256,
            )
            for one in self.prepared.samples
            if one.extraction.template is not None
        )


def search_person(prepared: PreparedSubmission, desks: Sequence[GalleryDesk], actor: Actor) -> SearchedPerson:
    """Search a person with at least one template in galleries, at least one, and keep their files.

    Raises
    ------
    PadUnavailableError
        When the policy requires that attacks are looked for, and nothing could.
    StorageError
        When the files cannot be kept.
    """
    first = desks[0]
    require_judged(prepared, first.policy)
    probe = Probe(templates=prepared.templates)
    apart = len(unlike_portraits(prepared, first.gallery))
    searches = tuple(desk.search(probe) for desk in desks)
    # Files come first: a crash before the commit leaves files nobody refers to, never a record without its file.
    samples = tuple(_keep(first.registry, one) for one in prepared.samples)
    return SearchedPerson(
        prepared=prepared,
        actor=actor,
        policy=first.policy,
        searches=searches,
        samples=samples,
        portraits_apart=apart,
    )


def turn_away(registry: Registry, prepared: PreparedSubmission, galleries: Sequence[str], actor: Actor) -> NotEnrolled:
    """Record nothing about a person of whom no sample can be used, but that they came."""
    reasons = prepared.reasons or (Reason.NO_USABLE_SAMPLE,)
    with registry.writing(actor) as writer:
        details = {"reasons": [reason.value for reason in reasons], "simulated": prepared.simulated}
        writer.append_event("not_enrolled", None, details | place_details(prepared.context, galleries))
    return NotEnrolled(reasons=reasons)


def _keep(registry: Registry, prepared: PreparedSample) -> StoredSample:
    sample = prepared.sample
    return StoredSample(
        sha256=registry.keep_sample(prepared.image.data),
        position=sample.position,
        ppi=sample.ppi,
        captured_at=sample.captured_at,
        quality=prepared.extraction.quality,
        simulated=sample.simulated,
        pad=prepared.extraction.pad,
    )

"""A registry of made-up people with a lively history, and galleries of it, without models or searches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from biometrics.positions import Modality, Position
from biometrics.quality import QualityScore
from biometrics.records import DEFAULT_GALLERY, Encounter, EncounterStatus, Subject
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference, Probe, Template
from enrollment.keeping import Galleries
from matching.describing import PersonDescriber
from matching.gallery import Gallery
from registry.gallery_view import GalleryView
from registry.identifiers import new_identifier
from registry.reading import Reader
from registry.store import Registry
from tests.enrollment.fakes import FACE_FORMAT, FINGER_FORMAT, _face, _finger
from tests.enrollment.office import calibrations

VISA = "visa_applicants"
_QUALITY = QualityScore(value=50, algorithm="fake/1")


class Maker:
    """Makes galleries on fixed calibrations."""

    def require_fitting(self, section: Reader) -> None:
        pass

    def new(self, gallery_id: str) -> Gallery:
        return described_gallery()

    def restore(self, gallery_id: str, content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Gallery:
        return Gallery.restore(content, arrays, calibrations=calibrations(), described=describer())


@cache
def describer() -> PersonDescriber:
    return PersonDescriber(FACE_FORMAT, calibrations()[Modality.FACE])


def described_gallery() -> Gallery:
    """Return an empty gallery that keeps a row of vectors for everybody, as those of installations do."""
    return Gallery(calibrations=calibrations(), described=describer())


def galleries_of(registry: Registry, folder: Path) -> Galleries:
    return Galleries(registry, folder, Maker())


def templates(person: int, capture: int = 0) -> tuple[Template, ...]:
    prints = (Position.RIGHT_THUMB, Position.RIGHT_INDEX)
    fingers = [
        Template(format=FINGER_FORMAT, position=position, body=_finger(10 * person + number, capture), quality=_QUALITY)
        for number, position in enumerate(prints)
    ]
    face = Template(format=FACE_FORMAT, position=Position.FACE, body=_face(person, capture), quality=_QUALITY)
    return (*fingers, face)


def probe(person: int) -> Probe:
    return Probe(templates=templates(person, capture=9))


def enroll(registry: Registry, person: int, *galleries: str, subject: Subject | None = None) -> Encounter:
    """Record a person, or one more encounter of a subject, and return the encounter."""
    owner = subject or Subject(subject_id=new_identifier(), label=f"person {person}", simulated=True)
    encounter = Encounter(
        encounter_id=new_identifier(),
        subject_id=owner.subject_id,
        status=EncounterStatus.ACTIVE,
        recorded_at=now_utc(),
        policy_version="test",
        galleries=galleries or (DEFAULT_GALLERY,),
    )
    references = tuple(
        BiometricReference(reference_id=new_identifier(), subject_id=owner.subject_id, template=template)
        for template in templates(person, capture=0 if subject is None else 1)
    )
    with registry.writing() as writer:
        writer.add_encounter(owner, encounter, references)
    return encounter


def retire(registry: Registry, encounter: Encounter) -> None:
    with registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)


def merge(registry: Registry, one: Encounter, into: Encounter) -> None:
    with registry.writing() as writer:
        writer.merges.merge(one.subject_id, into.subject_id, reason="one person")


def purge(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.purge(retired_before=now_utc(), reason="rule 7", most=100)


def built(registry: Registry, gallery_id: str = DEFAULT_GALLERY) -> Gallery:
    """Return a gallery built from the registry alone."""
    gallery, view = described_gallery(), GalleryView(source=registry, gallery_id=gallery_id)
    gallery.follow(view)
    gallery.check(view)
    return gallery


def answers(gallery: Gallery, people: range) -> list[object]:
    """Return who is found for probes of some people, how surely, and among how many."""
    found = [gallery.search(probe(person)) for person in people]
    return [
        (one.gallery_size, one.compared, [(who.subject_id, round(who.score, 4)) for who in one.candidates])
        for one in found
    ]

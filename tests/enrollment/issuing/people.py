"""A made-up person who may have a card, with pictures of nobody."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from biometrics.cases import CasePriority
from biometrics.image_writing import encode_jpeg, encode_png
from biometrics.people.record import PersonRecord, Sex
from biometrics.positions import Position
from biometrics.records import Actor, EncounterContext, EncounterStatus, StoredSample, Subject
from biometrics.templates import BiometricReference
from registry.identifiers import new_identifier
from registry.store import Registry
from tests.registry.people import CAPTURED_AT, QUALITY, face_template, finger_template, new_encounter, new_subject
from tests.registry.statements import stated

OFFICER = Actor(name="officer", purpose="card for the consulate", post="post-1")
FINGERS = (Position.RIGHT_INDEX, Position.LEFT_INDEX, Position.RIGHT_THUMB)


def portrait(width: int = 350, height: int = 450) -> bytes:
    """Return a JPEG file that shows nobody, and says so."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    return encode_jpeg(Image.fromarray(pixels), quality=90, simulated=True)


def print_picture(seed: int) -> bytes:
    """Return a PNG file of stripes."""
    rows = np.add.outer(np.arange(300), np.arange(200) * (1 + seed % 3))
    return encode_png(((rows % 16 < 8) * 255).astype(np.uint8), 500.0, simulated=True)


def enroll_holder(
    registry: Registry,
    label: str = "holder",
    *,
    status: EncounterStatus = EncounterStatus.ACTIVE,
    simulated: bool = True,
    record: PersonRecord | None = None,
    receipt: str | None = None,
) -> Subject:
    """Record a person with three fingers, a face, and what they state."""
    subject = replace(new_subject(label), simulated=simulated)
    files = {position: print_picture(place) for place, position in enumerate(FINGERS)} | {Position.FACE: portrait()}
    samples = tuple(
        StoredSample(
            sha256=registry.keep_sample(data),
            position=position,
            ppi=None if position is Position.FACE else 500.0,
            captured_at=CAPTURED_AT,
            quality=QUALITY,
            simulated=simulated,
        )
        for position, data in files.items()
    )
    context = EncounterContext(receipt=receipt, post="post-1", operator="operator-1", station="station-1")
    encounter = replace(new_encounter(subject, status=status), samples=samples, context=context)
    templates = [finger_template(position, seed) for seed, position in enumerate(FINGERS)] + [face_template()]
    references = tuple(
        BiometricReference(
            reference_id=new_identifier(),
            subject_id=subject.subject_id,
            template=replace(template, simulated=simulated),
            sample_sha256=sample.sha256,
        )
        for template, sample in zip(templates, samples, strict=True)
    )
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, references)
        if status is EncounterStatus.PENDING:
            writer.open_case(subject_id=subject.subject_id, candidates=(), priority=CasePriority.NORMAL, reason="x")
        default = stated("Nkɛmŋa", "Ɔvlé", sex=Sex.FEMALE, nationality="MLI")
        writer.people.record(subject.subject_id, default if record is None else record, reason="enrolled")
    return subject


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height of a picture file."""
    return Image.open(io.BytesIO(data)).size

"""Made-up people for the registry: random templates, no picture of anybody."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.records import Encounter, EncounterStatus, StoredSample, Subject
from biometrics.templates import BiometricReference, FaceEmbedding, MinutiaSet, Template, TemplateFormat
from registry.identifiers import new_identifier
from registry.store import Registry
from registry.writing import Writer

FINGER_FORMAT = TemplateFormat(algorithm="made-up-finger", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="made-up-face", version="2", metric="cosine", dimension=16)
QUALITY = QualityScore(value=61, algorithm="made-up/1", components={"ridge_area": 0.25})
CAPTURED_AT = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)


def finger_template(position: Position = Position.RIGHT_INDEX, seed: int = 0) -> Template:
    random = np.random.default_rng(seed)
    count = 40
    minutiae = MinutiaSet(
        x=random.uniform(0, 300, count).astype(np.float32),
        y=random.uniform(0, 400, count).astype(np.float32),
        angle=random.uniform(0, 6.28, count).astype(np.float32),
        kind=random.integers(0, 3, count, dtype=np.uint8),
        quality=random.integers(0, 101, count, dtype=np.uint8),
        width=300,
        height=400,
    )
    return Template(format=FINGER_FORMAT, position=position, body=minutiae, quality=QUALITY, simulated=True)


def face_template(seed: int = 0) -> Template:
    vector = np.random.default_rng(seed).normal(size=16).astype(np.float32)
    embedding = FaceEmbedding(vector=vector / np.linalg.norm(vector), raw_norm=9.5)
    return Template(format=FACE_FORMAT, position=Position.FACE, body=embedding, quality=QUALITY, simulated=True)


def new_subject(label: str) -> Subject:
    return Subject(subject_id=new_identifier(), label=label, simulated=True)


def new_encounter(
    subject: Subject, digests: tuple[str, ...] = (), status: EncounterStatus = EncounterStatus.ACTIVE
) -> Encounter:
    samples = tuple(
        StoredSample(
            sha256=digest,
            position=position,
            ppi=500.0 if position is not Position.FACE else None,
            captured_at=CAPTURED_AT,
            quality=QUALITY,
            simulated=True,
        )
        for digest, position in zip(digests, (Position.RIGHT_INDEX, Position.FACE), strict=False)
    )
    return Encounter(
        encounter_id=new_identifier(),
        subject_id=subject.subject_id,
        status=status,
        recorded_at=CAPTURED_AT,
        policy_version="policy/1",
        samples=samples,
    )


def new_references(subject: Subject, seed: int = 0) -> tuple[BiometricReference, ...]:
    templates = (finger_template(seed=seed), face_template(seed))
    return tuple(
        BiometricReference(reference_id=new_identifier(), subject_id=subject.subject_id, template=template)
        for template in templates
    )


def add_person(writer: Writer, subject: Subject, digests: tuple[str, ...] = (), seed: int = 0) -> Encounter:
    """Record one active encounter in an open writer section."""
    encounter = new_encounter(subject, digests)
    writer.add_encounter(subject, encounter, new_references(subject, seed))
    return encounter


def enroll(registry: Registry, label: str, seed: int = 0) -> Encounter:
    """Record one new subject with two samples and two references in a section of its own."""
    digests = tuple(registry.keep_sample(f"{kind} of {label}".encode()) for kind in ("print", "face"))
    with registry.writing() as writer:
        return add_person(writer, new_subject(label), digests, seed)

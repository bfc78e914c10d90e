"""A face vector that is no number or has no direction is refused at every door to the gallery, loudly."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from biometrics.arrays import Vector
from biometrics.errors import BiometricsError, GalleryError, ProcessingError, TemplateError
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import BiometricReference, FaceEmbedding, Probe, Template
from matching.face_store import FaceMatcher
from models.face.centres import shipped_centres, unit_vectors
from registry.identifiers import new_identifier
from registry.replacement import Replacement
from registry.store import Registry
from registry.tables.core import references
from tests.enrollment.fakes import FACE_FORMAT
from tests.enrollment.office import new_gallery
from tests.registry.damage import reseal
from tests.registry.people import new_encounter, new_subject

DIMENSION = FACE_FORMAT.dimension


def _filled(value: float, at: int | None = None) -> Vector:
    vector = np.full(DIMENSION, 1 / np.sqrt(DIMENSION), np.float32)
    vector[slice(None) if at is None else at] = value
    return vector


BAD = {
    "nan": _filled(np.nan),
    "one nan": _filled(np.nan, 7),
    "infinite": _filled(np.inf, 7),
    "zero": _filled(0.0),
    "denormal": _filled(1e-40),
    "too long": _filled(1.0),
}


def template() -> Template:
    body = FaceEmbedding(vector=_filled(1 / np.sqrt(DIMENSION)), raw_norm=9.0)
    quality = QualityScore(value=50, algorithm="made-up/1")
    return Template(format=FACE_FORMAT, position=Position.FACE, body=body, quality=quality, simulated=True)


def spoiled(vector: Vector, raw_norm: float = 9.0) -> bytes:
    """Return a stored template with a right checksum around a wrong vector, as no Kura writes it."""
    good = encode_template(template())
    start = 5 + 4
    (length,) = struct.unpack_from("<I", good, 5)
    header = json.loads(good[start : start + length]) | {"raw_norm": raw_norm}
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    record = good[:5] + struct.pack("<I", len(head)) + head + vector.astype("<f4").tobytes()
    return record + struct.pack("<I", zlib.crc32(record))


@pytest.mark.parametrize("name", BAD)
def test_an_embedding_refuses_it(name: str) -> None:
    with pytest.raises(TemplateError):
        FaceEmbedding(vector=BAD[name], raw_norm=9.0)


@pytest.mark.parametrize("raw_norm", [np.nan, np.inf, 0.0, -1.0])
def test_an_embedding_refuses_a_norm_that_is_none(raw_norm: float) -> None:
    with pytest.raises(TemplateError):
        FaceEmbedding(vector=template().embedding.vector, raw_norm=raw_norm)


@pytest.mark.parametrize("name", ["nan", "one nan", "infinite", "zero"])
def test_the_embedder_refuses_it(name: str) -> None:
    with pytest.raises(ProcessingError):
        unit_vectors(BAD[name][None])


def test_taking_off_what_groups_share_refuses_it() -> None:
    centres = shipped_centres()
    with pytest.raises(ProcessingError):
        centres.centred(BAD["one nan"][None])


@pytest.mark.parametrize("name", BAD)
def test_a_stored_template_refuses_it(name: str) -> None:
    assert decode_template(spoiled(template().embedding.vector)).embedding.raw_norm == 9.0
    with pytest.raises(TemplateError):
        decode_template(spoiled(BAD[name]))


def test_a_stored_template_refuses_a_norm_that_is_none() -> None:
    with pytest.raises(TemplateError):
        decode_template(spoiled(template().embedding.vector, raw_norm=float("nan")))


@pytest.mark.parametrize("name", BAD)
def test_the_index_refuses_it(name: str) -> None:
    vector = template().embedding.vector.copy()
    feature = FaceMatcher().prepare(template())
    store = FaceMatcher().new_store(FACE_FORMAT)
    store.append(feature)
    feature.vector[:] = BAD[name]  # past every constructor: arrays can be written to
    with pytest.raises(GalleryError):
        store.append(feature)
    with pytest.raises(GalleryError):
        store.compare(feature, np.array([0]))
    feature.vector[:] = vector
    assert len(store) == 1


@pytest.mark.parametrize("name", BAD)
def test_a_gallery_refuses_it_and_stays_as_it_was(name: str, tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        subject = new_subject("person")
        with registry.writing() as writer:
            reference = BiometricReference(
                reference_id=new_identifier(), subject_id=subject.subject_id, template=template()
            )
            writer.add_encounter(subject, new_encounter(subject), [reference])
        reseal(registry, references, "encounter_id", {"template": spoiled(BAD[name])})
        gallery = new_gallery()
        with pytest.raises(TemplateError):
            gallery.follow(registry)
        assert (gallery.size, gallery.generation) == (0, 0)
        assert [fault.kind.value for fault in registry.check() if fault.kind.value == "template"] == ["template"]
        target = Replacement(modality=Position.FACE.modality, model_id="other/1")
        assert len(registry.unreplaced(target)) == 1  # it can be made anew from its sample


def test_a_probe_refuses_it() -> None:
    gallery = new_gallery()
    good = template()
    probe = Probe(templates=(good,))
    gallery.search(probe)
    good.embedding.vector[:] = np.nan
    with pytest.raises(BiometricsError):
        gallery.search(probe)

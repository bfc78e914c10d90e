"""The face path with parts switched off: that each switch does what it says, and what the table holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import benchmarks.accuracy.face_ablation
from benchmarks.accuracy.face import FaceTask
from benchmarks.accuracy.face_ablation import SHIPPED, ablation, ablation_lines
from benchmarks.accuracy.face_groups import Operating
from benchmarks.accuracy.measured import Bench
from benchmarks.face_path import PATHS, FaceParts, FacePath, PathExtractor, load_parts
from benchmarks.lfw_pairs import FacePair, PairList
from benchmarks.portraits import face_set
from benchmarks.templates import CachingExtractor
from biometrics.arrays import ColorPixels, Vector
from biometrics.decisions import Reason
from biometrics.extraction import Extractor
from models.face.detect import WORKING_SIDES_PX, DetectedFace, FaceDetector
from models.face.extractor import FaceExtractor
from models.store import ModelStore
from tests.benchmarks.fakes import FakeFace, write_sample
from tests.models.known_face import face_sample, noise, portrait, scaled


@pytest.fixture(scope="module")
def parts() -> FaceParts:
    return load_parts()


def _vector(path: FacePath, parts: FaceParts, *, size: float = 0.4) -> Vector:
    template = PathExtractor(path, parts).extract(face_sample(scaled(portrait(), size))).template
    assert template is not None
    return template.embedding.vector


def test_each_part_changes_the_vector_and_all_together_are_the_product(parts: FaceParts) -> None:
    vectors = [_vector(path, parts) for path in PATHS]
    for one, other in pairwise(vectors):
        assert 0.3 < float(one @ other) < 0.9999
    product = FaceExtractor.load(ModelStore()).extract(face_sample(scaled(portrait(), 0.4))).template
    assert product is not None
    assert vectors[-1] == pytest.approx(product.embedding.vector, abs=1e-6)


def test_without_refinement_a_picture_is_looked_at_once_as_it_is(
    parts: FaceParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    look = FaceDetector.detect_in_copy

    def noting(detector: FaceDetector, pixels: ColorPixels, longer_side_px: int) -> tuple[DetectedFace, ...]:
        seen.append(longer_side_px)
        return look(detector, pixels, longer_side_px)

    monkeypatch.setattr(FaceDetector, "detect_in_copy", noting)
    picture = face_sample(scaled(portrait(), 0.4))
    PathExtractor(PATHS[0], parts).extract(picture)
    assert seen == [picture.height] != [WORKING_SIDES_PX[0]]
    seen.clear()
    PathExtractor(PATHS[1], parts).extract(picture)
    assert (seen[0], len(seen)) == (WORKING_SIDES_PX[0], 2)


def test_what_holds_no_face_is_refused(parts: FaceParts) -> None:
    for path in PATHS:
        extractor = PathExtractor(path, parts)
        assert extractor.extract(face_sample(noise(200, 200))).reasons == (Reason.NO_FACE,)
        assert extractor.extract(face_sample(noise(20, 200))).reasons == (Reason.SAMPLE_TOO_SMALL,)
    formats = {PathExtractor(path, parts).format.model_id for path in PATHS}
    assert len(formats) == len(PATHS)


@pytest.fixture
def noisy(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Paths that differ by how much their vectors are disturbed, so that no model is needed."""

    def path_extractor(path: FacePath, parts: object) -> Extractor:
        return FakeFace(noise=2.0 - 0.4 * PATHS.index(path))

    monkeypatch.setattr(benchmarks.accuracy.face_ablation, "PathExtractor", path_extractor)
    monkeypatch.setattr(benchmarks.accuracy.face_ablation, "load_parts", lambda: None)
    monkeypatch.setattr(FakeFace, "format", property(_format_by_noise))
    return Bench(extractor=CachingExtractor(FakeFace()), replicates=20)


_PLAIN_FORMAT = FakeFace().format


def _format_by_noise(face: FakeFace) -> object:
    return replace(_PLAIN_FORMAT, version=f"{face._noise:g}")


def test_the_table_has_a_row_per_part(tmp_path: Path, noisy: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    bench = replace(noisy, extractor=CachingExtractor(FakeFace(), tmp_path / "cache"))
    rows = ["file,age,sex,group"]
    for person in range(1, 41):
        for shot in (1, 2):
            write_sample(tmp_path / "set" / f"P{person}" / f"P{person}_{shot:04d}.png", person, shot)
            rows.append(f"P{person}/P{person}_{shot:04d}.png,20-29,F,{'AB'[person % 2]}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    pairs = [FacePair(first=f"P{n}/P{n}_0001", second=f"P{n}/P{n}_0002", same=True) for n in range(1, 41)]
    pairs += [FacePair(first=f"P{n}/P{n}_0001", second=f"P{n + 1}/P{n + 1}_0002", same=False) for n in range(1, 40)]
    task = FaceTask(
        data=face_set(tmp_path / "set", tmp_path / "labels.csv"),
        pairs=PairList(pairs=tuple(pairs)),
        operating=Operating(population="nobody", thresholds={1e-3: 0.5, 1e-4: 0.6}),
    )
    found = ablation(task, bench)
    assert [row["name"] for row in found] == [*(path.name for path in PATHS), SHIPPED]
    assert found[0]["eer"] > found[3]["eer"] >= found[4]["eer"] == 0.0
    assert found[0]["fnmr"]["0.001"] > found[3]["fnmr"]["0.001"] > found[4]["fnmr"]["0.001"]
    assert list(found[0]["fnmr"]) == ["0.001"]
    assert all(row["images_per_s"] > 0 and row["worst_group"] is None for row in found)
    lines = ablation_lines(found)
    assert len(lines) == 7
    assert "EER %" in lines[1]
    assert "FNIR" not in lines[1]
    assert lines[-1].startswith(SHIPPED)


def test_every_path_is_counted_by_group_at_a_threshold_of_its_own(tmp_path: Path, noisy: Bench) -> None:
    bench = replace(noisy, extractor=CachingExtractor(FakeFace(), tmp_path / "cache"))
    rows = ["file,age,sex,group"]
    for person in range(1, 251):
        write_sample(tmp_path / "set" / f"{person}.png", person, 1)
        rows.append(f"{person}.png,20-29,F,A")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    task = FaceTask(
        data=face_set(tmp_path / "set", tmp_path / "labels.csv"),
        operating=Operating(population="nobody", thresholds={1e-3: -1.0, 1e-4: -1.0}),
    )
    for row in ablation(task, bench):
        # Everybody is of one group: 31 of 31,125 pairs reach the threshold, whatever the installation's is.
        assert row["worst_group"]["times_stated"] == pytest.approx(31 / 31.125)
        assert "eer" not in row
    rows = [line.replace(",A", f",{'AB'[place > 200]}") for place, line in enumerate(rows)]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    split = replace(task, data=face_set(tmp_path / "set", tmp_path / "labels.csv"))
    assert [row["worst_group"] for row in ablation(split, bench)] == [None] * 5

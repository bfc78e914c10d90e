from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.data_folder import DataFolder
from benchmarks.datasets import DataSet, SampleFile, finger_sets
from benchmarks.templates import CachingExtractor
from biometrics.errors import SampleError
from biometrics.extraction import Extraction
from biometrics.quality import ComponentVerdict, Verdict
from biometrics.samples import BiometricSample
from biometrics.template_codec import encode_template
from tests.benchmarks.fakes import FakeFace, FakeFinger, write_sample


def _prints(folder: Path, *, fingers: int = 3, impressions: int = 2) -> DataSet:
    for finger in range(1, fingers + 1):
        for impression in range(1, impressions + 1):
            write_sample(folder / f"{finger}_{impression}.png", finger, impression)
    return finger_sets([DataFolder(path=folder)])[0]


def test_a_second_run_extracts_nothing_and_finds_the_same(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set")
    write_sample(tmp_path / "set" / "9_1.png", 9, 1, blank=True)
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    first, second = FakeFinger(), FakeFinger()
    before = CachingExtractor(first, tmp_path / "cache").extract_all(data)
    after = CachingExtractor(second, tmp_path / "cache").extract_all(data)
    assert (first.calls, second.calls) == (7, 0)
    for old, new in zip(before.outcomes, after.outcomes, strict=True):
        assert old.failure == new.failure
        assert (old.template is None) == (new.template is None)
        if old.template is not None and new.template is not None:
            assert encode_template(old.template) == encode_template(new.template)
    assert after.failed == {"9_1.png": "blank_print"}
    assert after.notes() == ("set: 1 of 7 samples failed to enroll: 1 blank_print (9_1.png)",)
    assert (after.failures(replicates=20).value, after.subjects.tolist()) == (1 / 7, [0, 0, 1, 1, 2, 2, 3])
    CachingExtractor(second, tmp_path / "cache", fresh=True).extract_all(data)
    assert second.calls == 7


def test_other_resolution_other_image_or_other_model_is_extracted_anew(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set", fingers=1, impressions=1)
    extractor = FakeFinger()
    caching = CachingExtractor(extractor, tmp_path / "cache")
    caching.extract(data.samples[0])
    (finer,) = finger_sets([DataFolder(path=tmp_path / "set", ppi=569.0)])
    caching.extract(finer.samples[0])
    write_sample(tmp_path / "set" / "1_1.png", 2, 1)
    caching.extract(data.samples[0])
    assert (extractor.calls, extractor.seen_ppi) == (3, [500.0, 569.0, 500.0])
    found = CachingExtractor(FakeFace(), tmp_path / "cache").extract(data.samples[0])
    assert found.template is not None
    assert found.template.format.algorithm == "fake-face"


def test_a_change_anywhere_in_the_room_of_an_extractor_makes_new_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("", "finger", "building"):
        (tmp_path / "room" / part).mkdir(exist_ok=True)
        (tmp_path / "room" / part / "__init__.py").write_text("")
    source = "from tests.benchmarks.fakes import FakeFinger\nclass Inner(FakeFinger): pass\n"
    (tmp_path / "room" / "finger" / "extractor.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    kind = importlib.import_module("room.finger.extractor").Inner
    data = _prints(tmp_path / "set", fingers=1, impressions=1)
    calls = []
    for content in ("", "", "changed = 1"):
        (tmp_path / "room" / "building" / "graph.py").write_text(content)
        extractor = kind()
        CachingExtractor(extractor, tmp_path / "cache").extract(data.samples[0])
        calls.append(extractor.calls)
    assert calls == [1, 0, 1]


def test_a_damaged_cache_is_not_believed(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set", fingers=1, impressions=1)
    extractor = FakeFinger()
    caching = CachingExtractor(extractor, tmp_path / "cache")
    caching.extract(data.samples[0])
    (kept,) = (tmp_path / "cache").iterdir()
    for damage in (b"", b"{", b"{}", kept.read_bytes()[:-1]):
        kept.write_bytes(damage)
        assert caching.extract(data.samples[0]).template is not None
    assert extractor.calls == 5


def test_what_cannot_be_read_failed_to_enroll_and_the_rest_goes_on(tmp_path: Path) -> None:
    _prints(tmp_path / "set", fingers=2)
    (tmp_path / "set" / "3_1.png").write_bytes(b"no image")
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    broken = DataSet(name="set", samples=data.samples[-1:])
    with pytest.raises(SampleError, match=r"none of 1 .* ImageFormatError") as refused:
        CachingExtractor(FakeFinger(), tmp_path / "cache").extract_all(broken).require_any()
    assert (refused.value.source, "DIR:PPI" in str(refused.value.remedy)) == ("set", True)
    steps: list[tuple[int, int]] = []
    enrolled = CachingExtractor(FakeFinger(), tmp_path / "cache").extract_all(
        data, lambda done, total, _: steps.append((done, total))
    )
    assert enrolled.failed == {"3_1.png": "ImageFormatError: this is not an image Kura reads"}
    assert steps == [(done, 5) for done in range(6)]


def test_extraction_is_timed_on_usable_samples_spread_over_the_set(tmp_path: Path) -> None:
    data = _prints(tmp_path / "set", fingers=10)
    extractor = FakeFinger()
    caching = CachingExtractor(extractor, tmp_path / "cache")
    enrolled = caching.extract_all(data)
    calls = extractor.calls
    taken = caching.time(enrolled)
    assert taken is not None
    assert (taken.unit, dict(taken.counts), extractor.calls - calls) == ("ms", {"rounds": 20}, 21)
    few = DataSet(name="few", samples=data.samples[:3])
    assert caching.time(caching.extract_all(few)) is None


def test_a_file_that_is_gone_failed_to_enroll(tmp_path: Path) -> None:
    gone = SampleFile(name="1_1.png", path=tmp_path / "1_1.png", subject="1", ppi=500.0)
    assert CachingExtractor(FakeFinger(), tmp_path / "cache").extract(gone).failure == (
        "ImageFormatError: the file cannot be read: No such file or directory"
    )


def test_the_first_of_each_kind_of_failure_is_named(tmp_path: Path) -> None:
    _prints(tmp_path / "set", fingers=2)
    for name in ("3_1.png", "3_2.png"):
        (tmp_path / "set" / name).write_bytes(b"")
        write_sample(tmp_path / "set" / name.replace("3", "4"), 4, 1, blank=True)
    (tmp_path / "set" / "3_3.png").write_bytes(b"no image")
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    (note,) = CachingExtractor(FakeFinger(), tmp_path / "cache").extract_all(data).notes()
    counted = "3 ImageFormatError (3_1.png: the file is empty), 2 blank_print (4_1.png)"
    assert note == f"set: 5 of 9 samples failed to enroll: {counted}"


class _Judging(FakeFinger):
    def extract(self, sample: BiometricSample) -> Extraction:
        verdicts = (
            ComponentVerdict(component="size", verdict=Verdict.GOOD),
            ComponentVerdict(component="pose", verdict=Verdict.BAD, message="face.pose.turned"),
        )
        return replace(super().extract(sample), verdicts=verdicts)


@pytest.mark.parametrize("blank", [False, True])
def test_verdicts_come_from_the_cache_too(tmp_path: Path, blank: bool) -> None:
    write_sample(tmp_path / "set" / "1_1.png", 1, 1, blank=blank)
    (data,) = finger_sets([DataFolder(path=tmp_path / "set")])
    first, second = (CachingExtractor(_Judging(), tmp_path / "cache").extract(data.samples[0]) for _ in range(2))
    assert [(one.component, one.verdict, one.message) for one in second.verdicts] == [
        ("size", Verdict.GOOD, None),
        ("pose", Verdict.BAD, "face.pose.turned"),
    ]
    assert (first.verdicts, first.failure) == (second.verdicts, second.failure)
    assert (second.template is None) is blank


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"template": "QUJD", "failure": null, "verdicts": []}'])
def test_a_damaged_file_of_the_cache_is_made_anew(tmp_path: Path, content: bytes) -> None:
    data, extractor = _prints(tmp_path / "set", fingers=1, impressions=1), FakeFinger()
    caching = CachingExtractor(extractor, tmp_path / "cache")
    caching.extract(data.samples[0])
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(content)
    assert caching.extract(data.samples[0]).template is not None
    assert extractor.calls == 2

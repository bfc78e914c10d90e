"""People are searched in the gallery they come to and in no other; merges disturb nobody who enrolls or searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.decisions import Duplicate, EnrollmentOutcome, Unique
from enrollment.deduplication.office import DeduplicationOffice
from enrollment.deduplication.state import read_report
from enrollment.earlier import find_earlier
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.enrollment.fakes import fake_extractors, picture
from tests.enrollment.office import POLICY, new_gallery

Prepare = Callable[[str, int, int], PreparedSubmission]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home", busy_timeout_s=5.0) as opened:
        yield opened


@pytest.fixture
def person(tmp_path: Path) -> Prepare:
    def make(label: str, number: int, capture: int) -> PreparedSubmission:
        path = tmp_path / f"{label}.png"
        path.write_bytes(picture(number, capture, color=True))
        sources = (SampleSource(path=path, origin=label),)
        return prepare(Submission(label=label, sources=sources), fake_extractors())

    return make


def office(registry: Registry, gallery_id: str) -> EnrollmentOffice:
    return EnrollmentOffice(registry=registry, gallery=new_gallery(), policy=POLICY, gallery_id=gallery_id)


def kinds(*outcomes: EnrollmentOutcome) -> list[type[EnrollmentOutcome]]:
    return [type(one) for one in outcomes]


def test_one_person_in_two_galleries_is_no_duplicate(registry: Registry, person: Prepare) -> None:
    citizens, visa = office(registry, "citizens"), office(registry, "visa_applicants")
    assert kinds(citizens.enroll(person("a", 1, 0)), visa.enroll(person("b", 1, 1))) == [Unique, Unique]
    assert kinds(citizens.enroll(person("c", 1, 2)), visa.enroll(person("d", 1, 3))) == [Duplicate, Duplicate]
    held = {one.label: registry.encounters(one.subject_id)[0].galleries for one in registry.subjects()}
    assert held == {"a": ("citizens",), "b": ("visa_applicants",), "c": ("citizens",), "d": ("visa_applicants",)}
    for one in (citizens, visa):
        one.follow()
        one.gallery.check(GalleryView(source=registry, gallery_id=one.gallery_id))
        assert one.gallery.size == 2
    assert registry.check() == []


def test_whoever_is_put_into_a_gallery_is_found_there(registry: Registry, person: Prepare) -> None:
    citizens, visa = office(registry, "citizens"), office(registry, "visa_applicants")
    first = visa.enroll(person("a", 1, 0))
    assert isinstance(first, Unique)
    with registry.writing() as writer:
        writer.galleries.put(writer.encounters(first.subject_id)[0].encounter_id, "citizens")
    found = citizens.enroll(person("b", 1, 1))
    assert isinstance(found, Duplicate)
    assert found.of == first.subject_id


def test_a_duplicate_is_named_as_who_they_are_now(registry: Registry, person: Prepare) -> None:
    here = office(registry, "citizens")
    first, second = here.enroll(person("a", 1, 0)), here.enroll(person("b", 2, 0))
    assert isinstance(first, Unique) and isinstance(second, Unique)
    with registry.writing() as writer:
        writer.merges.merge(first.subject_id, second.subject_id, reason="one person")
    again = here.enroll(person("c", 1, 1))
    assert isinstance(again, Duplicate)
    assert again.of == second.subject_id


def test_an_enrollment_repeated_after_a_merge_is_recognised(registry: Registry, person: Prepare) -> None:
    here = office(registry, "citizens")
    prepared = person("b", 1, 1)
    first, second = here.enroll(person("a", 1, 0)), here.enroll(prepared)
    assert isinstance(first, Unique) and isinstance(second, Duplicate)
    with registry.writing() as writer:
        writer.merges.merge(second.subject_id, first.subject_id, reason="one person")
    with registry.reading() as record:
        earlier = find_earlier(record, "b", frozenset(one.image.sha256 for one in prepared.samples))
    assert earlier is not None
    assert earlier.outcome == replace(second, subject_id=first.subject_id)


def test_a_deduplication_goes_on_when_somebody_is_merged_meanwhile(
    registry: Registry, person: Prepare, tmp_path: Path
) -> None:
    here = office(registry, "citizens")
    for label, number, capture in (("a", 1, 0), ("b", 2, 0), ("c", 3, 0)):
        here.enroll(person(label, number, capture))
    twins = [here.enroll(person(label, number, 7)) for label, number in (("a2", 1), ("b2", 2), ("c2", 3))]
    assert kinds(*twins) == [Duplicate] * 3

    def merge(done: int, total: int, what: str) -> None:
        if done == 0:
            for one in twins[1:]:
                assert isinstance(one, Duplicate)
                with registry.writing() as writer:
                    writer.merges.merge(one.subject_id, one.of, reason="one person")
            here.follow()

    runs = DeduplicationOffice(
        registry=registry, gallery=here.gallery, policy=POLICY, folder=tmp_path / "dedup", edge=2
    )
    (reported,) = read_report(runs.store, runs.run(progress=merge).run_id).pairs
    assert isinstance(twins[0], Duplicate)
    assert {reported.pair.a, reported.pair.b} == {twins[0].subject_id, twins[0].of}

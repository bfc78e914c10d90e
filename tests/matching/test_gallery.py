from __future__ import annotations

import dataclasses
import threading
from unittest.mock import patch

import pytest

from biometrics.errors import ConfigurationError, GalleryError, IncompatibleTemplatesError
from biometrics.positions import Modality, Position
from biometrics.protocols import ChangeKind
from biometrics.templates import Template, TemplateFormat
from matching import references
from matching.gallery import Gallery
from tests.matching.parts import CALIBRATIONS, ToySource, exponential_calibration, face, finger, probe, toy_gallery

INDEX = Position.RIGHT_INDEX
UNKNOWN = Position.UNKNOWN


def filled(*people: tuple[str, list[Template]]) -> tuple[Gallery, ToySource]:
    source = ToySource()
    for subject_id, templates in people:
        source.add(subject_id, *templates)
    gallery = toy_gallery()
    gallery.follow(source)
    return gallery, source


def found(gallery: Gallery, *templates: Template) -> dict[str, float]:
    return {one.subject_id: one.fmr.value for one in gallery.search(probe(*templates)).candidates}


def test_an_empty_gallery_holds_nobody() -> None:
    gallery = toy_gallery()
    answer = gallery.search(probe(finger(INDEX, 5.0), face(1, 0, 0, 0), finger(UNKNOWN, 1.0), finger(UNKNOWN, 2.0)))
    assert (answer.candidates, answer.gallery_size, answer.compared, answer.generation) == ((), 0, 0, 0)
    assert answer.complete
    assert gallery.verify(probe(finger(INDEX, 5.0)), "anna") is None
    gallery.check(ToySource())


def test_candidates_carry_scores_scale_and_meaning_per_position() -> None:
    gallery, _ = filled(("anna", [finger(INDEX, 5.0), face(1, 0, 0, 0)]))
    (candidate,) = gallery.search(probe(finger(INDEX, 7.0), face(1, 0, 0, 0))).candidates
    assert candidate.scores[INDEX].value == 58.0
    assert candidate.scores[INDEX].scale == "toy/1"
    assert candidate.scores[Position.FACE].value == pytest.approx(1.0)
    assert candidate.scores[Position.FACE].scale == "cosine/toy-faces/1"
    assert candidate.fmr.extrapolated
    rate = candidate.scores[INDEX].fmr
    assert rate == CALIBRATIONS[Modality.FINGER].fmr(58.0)


def test_two_known_fingers_of_different_name_are_never_compared() -> None:
    gallery, _ = filled(("anna", [finger(INDEX, 5.0)]), ("bakary", [finger(Position.LEFT_INDEX, 5.0)]))
    answer = gallery.search(probe(finger(INDEX, 5.0)))
    assert [candidate.subject_id for candidate in answer.candidates] == ["anna"]
    assert (answer.compared, answer.gallery_size) == (1, 2)


def test_an_unknown_print_is_compared_with_every_finger_in_both_directions() -> None:
    gallery, _ = filled(
        ("anna", [finger(INDEX, 5.0), finger(Position.LEFT_RING, 300.0)]), ("ben", [finger(UNKNOWN, 700.0)])
    )
    assert min(found(gallery, finger(UNKNOWN, 300.0)).items(), key=lambda item: item[1])[0] == "anna"
    rates = found(gallery, finger(Position.RIGHT_LITTLE, 700.0))
    assert rates["ben"] < 1e-3
    assert "anna" not in rates


def test_an_unknown_print_pays_for_the_choice_it_had() -> None:
    one, _ = filled(("anna", [finger(INDEX, 5.0)]))
    two, _ = filled(("anna", [finger(INDEX, 5.0), finger(Position.LEFT_RING, 300.0)]))
    assert found(two, finger(UNKNOWN, 15.0))["anna"] == pytest.approx(2 * found(one, finger(UNKNOWN, 15.0))["anna"])


def test_an_unknown_print_is_never_compared_with_a_face() -> None:
    gallery, _ = filled(("anna", [face(1, 0, 0, 0)]))
    assert gallery.search(probe(finger(UNKNOWN, 5.0))).compared == 0


def test_several_samples_of_one_finger_count_once() -> None:
    once, _ = filled(("anna", [finger(INDEX, 5.0)]))
    again, _ = filled(("anna", [finger(INDEX, 5.0), finger(INDEX, 5.0)]))
    assert found(again, finger(INDEX, 15.0))["anna"] > found(once, finger(INDEX, 15.0))["anna"]
    unknown, _ = filled(("anna", [finger(UNKNOWN, 5.0), finger(UNKNOWN, 5.0)]))
    rate = found(unknown, finger(UNKNOWN, 15.0), finger(UNKNOWN, 15.0))["anna"]
    assert rate >= found(once, finger(INDEX, 15.0))["anna"]


def test_several_fingers_count_together() -> None:
    gallery, _ = filled(("anna", [finger(INDEX, 5.0), finger(Position.LEFT_RING, 300.0)]))
    one, other = finger(INDEX, 15.0), finger(Position.LEFT_RING, 310.0)
    assert found(gallery, one, other)["anna"] < found(gallery, one)["anna"] / 10
    unknown = (finger(UNKNOWN, 15.0), finger(UNKNOWN, 310.0))
    assert found(gallery, *unknown)["anna"] == pytest.approx(2 * found(gallery, one, other)["anna"])


def test_candidates_can_be_limited_and_filtered() -> None:
    gallery, _ = filled(*((f"p{number}", [finger(INDEX, 5.0 + 5 * number)]) for number in range(6)))
    whole = gallery.search(probe(finger(INDEX, 5.0)))
    assert [one.subject_id for one in whole.candidates] == [f"p{number}" for number in range(6)]
    assert gallery.search(probe(finger(INDEX, 5.0)), limit=2).candidates == whole.candidates[:2]
    third = whole.candidates[2].fmr.value
    near = gallery.search(probe(finger(INDEX, 5.0)), largest_fmr=third)
    assert near.candidates == whole.candidates[:3]
    assert near.compared == 6


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_leaves_nobody_is_refused(limit: int) -> None:
    gallery, _ = filled(("anna", [finger(INDEX, 5.0)]))
    with pytest.raises(ConfigurationError, match="at least one"):
        gallery.search(probe(finger(INDEX, 5.0)), limit=limit)
    assert len(gallery.search(probe(finger(INDEX, 5.0)), limit=1).candidates) == 1


def test_a_refreshed_search_compares_only_who_changed_afterwards() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]), ("ben", [finger(INDEX, 5.0)]))
    whole = probe(finger(INDEX, 5.0))
    # Without its candidates, what the refreshed search finds is what it compared itself.
    earlier = dataclasses.replace(gallery.search(whole), candidates=())
    assert gallery.refresh(earlier, whole).candidates == ()
    gallery.apply(source.add("chaka", finger(INDEX, 5.0)))
    gallery.apply(source.add("ben", face(1, 0, 0, 0)))
    news = gallery.refresh(earlier, whole)
    assert {one.subject_id for one in news.candidates} == {"ben", "chaka"}
    assert (news.compared, news.gallery_size, news.generation) == (3, 3, 4)


def test_a_retired_subject_is_gone_at_once_and_may_come_back() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]), ("ben", [finger(INDEX, 5.0)]))
    gallery.apply(source.retire(source.changes[0]))
    assert set(found(gallery, finger(INDEX, 5.0))) == {"ben"}
    assert gallery.size == 1
    assert gallery.verify(probe(finger(INDEX, 5.0)), "anna") is None
    with pytest.raises(GalleryError):
        gallery.search_subject("anna")
    gallery.apply(source.add("anna", finger(INDEX, 5.0)))
    assert set(found(gallery, finger(INDEX, 5.0))) == {"anna", "ben"}
    gallery.check(source)


def test_retiring_one_of_two_encounters_leaves_the_other() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]), ("anna", [finger(INDEX, 300.0)]))
    gallery.apply(source.retire(source.changes[0]))
    assert found(gallery, finger(INDEX, 300.0))["anna"] < 1e-3
    assert found(gallery, finger(INDEX, 5.0))["anna"] == 1.0


@pytest.mark.parametrize("sequence", [0, 1, 3, 99])
def test_a_change_out_of_order_is_refused(sequence: int) -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]))
    change = source.add("ben", finger(INDEX, 5.0))
    with pytest.raises(GalleryError, match="does not follow"):
        gallery.apply(dataclasses.replace(change, sequence=sequence))
    assert (gallery.generation, gallery.size) == (1, 1)
    gallery.apply(change)


def test_a_template_of_another_format_is_refused_and_nothing_of_its_change_enters() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]))
    other = TemplateFormat(algorithm="toy-prints", version="2", metric="minutiae")
    stranger = finger(INDEX, 5.0, template_format=other)
    with pytest.raises(IncompatibleTemplatesError):
        gallery.search(probe(stranger))
    change = source.add("ben", finger(INDEX, 5.0), stranger)
    with pytest.raises(IncompatibleTemplatesError):
        gallery.apply(change)
    assert (gallery.generation, gallery.size) == (1, 1)
    assert set(found(gallery, finger(INDEX, 5.0))) == {"anna"}


def test_a_refused_first_change_fixes_no_format() -> None:
    other = TemplateFormat(algorithm="toy-prints", version="2", metric="minutiae")
    source = ToySource()
    mixed = source.add("anna", finger(INDEX, 5.0, template_format=other), finger(INDEX, 5.0))
    gallery = toy_gallery()
    with pytest.raises(IncompatibleTemplatesError):
        gallery.apply(mixed)
    gallery.apply(ToySource().add("anna", finger(INDEX, 5.0)))


def test_scores_on_another_scale_than_the_calibration_are_refused() -> None:
    unfit = dict(CALIBRATIONS) | {Modality.FACE: exponential_calibration("cosine/other/1", 0.1)}
    gallery = Gallery(calibrations=unfit)
    with pytest.raises(ConfigurationError, match="scale"):
        gallery.apply(ToySource().add("anna", face(1, 0, 0, 0)))
    with pytest.raises(ConfigurationError, match="no calibration for face"):
        Gallery(calibrations={Modality.FINGER: CALIBRATIONS[Modality.FINGER]})


def test_a_reference_enters_once_and_leaves_once() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]))
    first = source.changes[0]
    with pytest.raises(GalleryError, match="already"):
        gallery.apply(dataclasses.replace(first, sequence=2))
    foreign = dataclasses.replace(first, sequence=2, kind=ChangeKind.RETIRED, subject_id="ben")
    with pytest.raises(GalleryError):
        gallery.apply(foreign)
    twice = dataclasses.replace(source.add("ben", finger(INDEX, 9.0)), sequence=2)
    with pytest.raises(GalleryError):
        gallery.apply(dataclasses.replace(twice, references=twice.references * 2))
    gallery.apply(dataclasses.replace(first, sequence=2, kind=ChangeKind.RETIRED))
    with pytest.raises(GalleryError):
        gallery.apply(dataclasses.replace(first, sequence=3, kind=ChangeKind.RETIRED))
    assert gallery.size == 0


def test_following_reports_its_progress() -> None:
    source, seen = ToySource(), list[tuple[int, int, str]]()
    for number in range(3):
        source.add(f"p{number}", finger(INDEX, 5.0))
    toy_gallery().follow(source, lambda done, total, what: seen.append((done, total, what)))
    assert seen == [(1, 3, "gallery"), (2, 3, "gallery"), (3, 3, "gallery")]


def test_a_check_finds_what_the_gallery_missed_and_what_was_exchanged() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]), ("ben", [finger(INDEX, 9.0)]))
    gallery.check(source)
    source.add("chaka", finger(INDEX, 5.0))
    with pytest.raises(GalleryError, match="change 3"):
        gallery.check(source)
    source.changes.pop()
    (reference,) = source.changes[1].references
    exchanged = dataclasses.replace(reference, template=finger(INDEX, 8.0))
    source.changes[1] = dataclasses.replace(source.changes[1], references=(exchanged,))
    with pytest.raises(GalleryError, match="references of 1 subjects differ"):
        gallery.check(source)
    source.changes[1] = dataclasses.replace(source.changes[1], references=())
    with pytest.raises(GalleryError, match="active subjects"):
        gallery.check(source)


def test_a_search_cannot_be_refreshed_backwards() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]))
    later = gallery.search(probe(finger(INDEX, 5.0)))
    with pytest.raises(GalleryError, match="ahead"):
        toy_gallery().refresh(later, probe(finger(INDEX, 5.0)))
    assert source.latest_sequence() == 1


def test_searches_beside_a_writer_see_whole_changes() -> None:
    """Each encounter brings a finger and a face together: no search may find one without the other."""
    source, failures = ToySource(), list[str]()
    for number in range(150):
        added = source.add(f"p{number}", finger(INDEX, 5.0), face(1, 0, 0, 0))
        if number % 3 == 0:
            source.retire(added)
    gallery = toy_gallery()
    whole = probe(finger(INDEX, 5.0), face(1, 0, 0, 0))
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            answer = gallery.search(whole)
            torn = [one for one in answer.candidates if set(one.scores) != {INDEX, Position.FACE}]
            expected = sum(
                1 if change.kind is ChangeKind.ADDED else -1 for change in source.changes[: answer.generation]
            )
            if torn or answer.compared != expected or answer.gallery_size != expected:
                failures.append(f"{len(torn)} torn, {answer.compared} of {expected} at {answer.generation}")
                return

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        gallery.follow(source)
    finally:
        done.set()
        for reader in readers:
            reader.join(timeout=30)
    assert not any(reader.is_alive() for reader in readers)
    assert failures == []
    assert gallery.size == 100


def test_unknown_prints_are_grouped_anew_when_the_one_between_them_goes() -> None:
    """A resembles B and B resembles C: one finger; without B, A and C are two fingers and may both count."""
    first, between, last = finger(UNKNOWN, 100.0), finger(UNKNOWN, 120.0), finger(UNKNOWN, 140.0)
    gallery, source = filled(("anna", [first, last]), ("anna", [between]))
    assert found(gallery, first, last)["anna"] > 1e-9
    two_fingers, _ = filled(("anna", [first, last]))
    gallery.apply(source.retire(source.changes[1]))
    assert found(gallery, first, last) == found(two_fingers, first, last)
    assert found(gallery, first, last)["anna"] < 1e-9


def test_unknown_prints_keep_their_owners_through_compaction() -> None:
    with patch.object(references, "FEWEST_TO_COMPACT", 1):
        gallery, source = filled(*((f"p{number}", [finger(UNKNOWN, 100.0 * number)]) for number in range(5)))
        for change in source.changes[:3]:
            gallery.apply(source.retire(change))
        for number in range(5, 10):
            gallery.apply(source.add(f"p{number}", finger(UNKNOWN, 95.0 * number)))
    for number in range(3, 10):
        x = 100.0 * number if number < 5 else 95.0 * number
        answer = gallery.search(probe(finger(UNKNOWN, x)))
        assert answer.candidates[0].subject_id == f"p{number}"
        assert len(answer.candidates) == 7
        assert gallery.search_subject(f"p{number}", only_later=True).compared == 9 - number


@pytest.mark.parametrize("position", [INDEX, UNKNOWN])
def test_references_that_moved_in_compaction_are_retired_themselves(position: Position) -> None:
    with patch.object(references, "FEWEST_TO_COMPACT", 1):
        gallery, source = filled(*((f"p{number}", [finger(position, 100.0 * number)]) for number in range(7)))
        for number in (0, 1, 2, 3, 5):
            gallery.apply(source.retire(source.changes[number]))
            left = {candidate.subject_id for candidate in gallery.search(probe(finger(position, 0.0))).candidates}
            assert left == set(gallery.subjects()) == {one.subject_id for one in source.active()}


def test_many_changes_are_followed_as_one_after_the_other() -> None:
    """Prepared ahead, with a change half way that cannot be applied: all before it are, and none after it."""
    source = ToySource()
    for number in range(90):
        added = source.add(f"p{number % 40}", finger(INDEX, 5.0 + number), face(1, number, 0, 0))
        if number % 7 == 0:
            source.move(added, f"p{number % 13}")
    one_by_one, followed = toy_gallery(), toy_gallery()
    for change in source.changes:
        one_by_one.apply(change)
    followed.follow(source)
    assert followed.fingerprint == one_by_one.fingerprint
    whole = probe(finger(INDEX, 5.0), face(1, 0, 0, 0))
    assert followed.search(whole) == one_by_one.search(whole)
    stranger = finger(INDEX, 5.0, template_format=TemplateFormat(algorithm="x", version="2", metric="minutiae"))
    (reference, other) = source.changes[70].references
    wrong = dataclasses.replace(
        source.changes[70], references=(dataclasses.replace(reference, template=stranger), other)
    )
    source.changes[70] = wrong
    broken = toy_gallery()
    with pytest.raises(IncompatibleTemplatesError):
        broken.follow(source)
    assert broken.generation == 70

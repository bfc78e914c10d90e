"""Persons with several portraits in the gallery: compared as one, made anew when a portrait comes or goes."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from biometrics.arrays import Ids, Values
from biometrics.errors import IncompatibleTemplatesError
from biometrics.positions import Position
from biometrics.scores import CandidateList
from biometrics.templates import Template, TemplateFormat
from matching import references
from matching.face_fusion import FaceFeature, fuse_faces, single_face
from matching.face_store import FaceStore
from matching.gallery import Gallery
from tests.matching.parts import ToySource, face, finger, probe, toy_gallery

FRONT, LEFT, RIGHT, STRANGER = face(1, 0, 0, 0), face(1, 0.6, 0, 0), face(1, -0.6, 0, 0), face(0, 0, 1, 0)


def filled(*people: tuple[str, list[Template]]) -> tuple[Gallery, ToySource]:
    source, gallery = ToySource(), toy_gallery()
    for subject_id, templates in people:
        source.add(subject_id, *templates)
    gallery.follow(source)
    return gallery, source


def score(answer: CandidateList, subject_id: str) -> float:
    (found,) = [one for one in answer.candidates if one.subject_id == subject_id]
    return found.scores[Position.FACE].value


def fused(*portraits: Template) -> FaceFeature:
    (one,) = fuse_faces([single_face(portrait.embedding) for portrait in portraits], 0.0)
    return one


def test_portraits_that_agree_are_one_comparison() -> None:
    gallery, _ = filled(("anna", [LEFT, RIGHT]))
    (found,) = gallery.search(probe(FRONT)).candidates
    assert found.fmr.model == "one comparison"
    expected = float(fused(LEFT, RIGHT).vector @ FRONT.embedding.vector)
    assert found.scores[Position.FACE].value == pytest.approx(expected)
    (both,) = gallery.search(probe(FRONT, LEFT)).candidates
    expected = float(fused(LEFT, RIGHT).vector @ fused(FRONT, LEFT).vector)
    assert both.scores[Position.FACE].value == pytest.approx(expected)


def test_a_strangers_portrait_among_a_persons_costs_the_choice_and_no_more() -> None:
    alone, _ = filled(("anna", [LEFT, RIGHT]))
    poisoned, _ = filled(("anna", [LEFT, STRANGER, RIGHT]))
    (before,), (after,) = alone.search(probe(FRONT)).candidates, poisoned.search(probe(FRONT)).candidates
    assert after.scores == before.scores
    assert after.fmr.value == pytest.approx(2 * before.fmr.value, rel=1e-3)
    assert score(poisoned.search(probe(STRANGER)), "anna") == pytest.approx(1.0)


def test_portraits_of_later_encounters_are_fused_with_earlier_ones() -> None:
    together, _ = filled(("anna", [LEFT, FRONT, RIGHT]))
    one_by_one, source = filled(("anna", [LEFT]), ("ben", [STRANGER]), ("anna", [FRONT]), ("anna", [RIGHT]))
    assert score(one_by_one.search(probe(FRONT)), "anna") == score(together.search(probe(FRONT)), "anna")
    assert one_by_one.search(probe(FRONT)).compared == 2
    one_by_one.check(source)


def test_a_portrait_that_is_retired_leaves_the_fused_vector() -> None:
    gallery, source = filled(("anna", [LEFT]), ("anna", [FRONT]), ("anna", [RIGHT]))
    gallery.apply(source.retire(source.changes[2]))
    assert score(gallery.search(probe(RIGHT)), "anna") == pytest.approx(
        float(fused(LEFT, FRONT).vector @ RIGHT.embedding.vector)
    )
    gallery.apply(source.retire(source.changes[0]))
    assert score(gallery.search(probe(FRONT)), "anna") == pytest.approx(1.0)
    gallery.apply(source.retire(source.changes[1]))
    assert gallery.search(probe(FRONT)).candidates == ()
    assert gallery.search(probe(FRONT)).compared == gallery.size == 0
    gallery.apply(source.add("anna", RIGHT))
    assert score(gallery.search(probe(RIGHT)), "anna") == pytest.approx(1.0)


def test_persons_keep_their_fused_vectors_through_compaction() -> None:
    with patch.object(references, "FEWEST_TO_COMPACT", 1):
        people = [(f"p{number}", [face(1, number, 0, 0), face(1, number, 1, 0)]) for number in range(8)]
        gallery, source = filled(*people)
        kept = source.add("p7", face(1, 7, 0, 1), face(1, 6, 0, 1))
        gallery.apply(kept)
        for change in source.changes[:6]:
            gallery.apply(source.retire(change))
        for again in (
            None,
            source.retire(kept),
            source.add("p6", face(1, 5, 0, 1)),
            source.add("p1", face(1, 1, 1, 1)),
        ):
            if again is not None:
                gallery.apply(again)
            rebuilt = toy_gallery()
            for change in source.changes[: gallery.generation]:
                rebuilt.apply(change)
            query = probe(face(1, 7, 0.5, 0.5))
            assert gallery.search(query) == rebuilt.search(query)
            assert {one.subject_id for one in gallery.search(query).candidates} >= {"p6", "p7"}
            assert gallery.search_subject("p6") == rebuilt.search_subject("p6")


def test_a_search_compares_one_row_for_each_person_whose_portraits_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery, _ = filled(*((f"p{number}", [LEFT, FRONT, RIGHT]) for number in range(5)), ("ben", [LEFT, STRANGER]))
    asked: list[int] = []
    compare = FaceStore.compare

    def counting(store: FaceStore, one: FaceFeature, rows: Ids) -> Values:
        asked.append(len(rows))
        return compare(store, one, rows)

    monkeypatch.setattr(FaceStore, "compare", counting)
    gallery.search(probe(LEFT, FRONT, RIGHT))
    assert asked == [7]


def test_deduplication_compares_fused_with_fused() -> None:
    gallery, _ = filled(("anna", [LEFT, RIGHT]), ("ben", [FRONT, LEFT]), ("chaka", [STRANGER]))
    found = {one.subject_id: one for one in gallery.search_subject("anna", only_later=True).candidates}
    expected = float(fused(LEFT, RIGHT).vector @ fused(FRONT, LEFT).vector)
    assert found["ben"].scores[Position.FACE].value == pytest.approx(expected)
    assert found["ben"].score > found["chaka"].score


def test_portraits_of_two_models_are_never_fused() -> None:
    gallery, source = filled(("anna", [FRONT]))
    other = TemplateFormat(algorithm="toy-faces", version="2", metric="cosine", dimension=4)
    with pytest.raises(IncompatibleTemplatesError):
        gallery.search(probe(LEFT, face(1, 0, 0, 0, template_format=other)))
    before = gallery.search(probe(FRONT))
    with pytest.raises(IncompatibleTemplatesError):
        gallery.apply(source.add("anna", LEFT, face(1, 0, 0, 0, template_format=other)))
    assert gallery.search(probe(FRONT)) == before


def test_fingers_are_compared_one_by_one() -> None:
    thumb = Position.RIGHT_THUMB
    gallery, _ = filled(("anna", [finger(thumb, 5.0), finger(thumb, 9.0)]))
    (found,) = gallery.search(probe(finger(thumb, 9.0))).candidates
    assert found.scores[thumb].value == 60.0


def test_fused_rows_hold_what_the_rows_give() -> None:
    gallery, _ = filled(("anna", [LEFT, RIGHT]), ("ben", [STRANGER]))
    answer = gallery.search_subject("ben")
    expected = float(fused(LEFT, RIGHT).vector @ STRANGER.embedding.vector)
    assert score(answer, "anna") == pytest.approx(expected, abs=1e-6)
    assert np.isfinite([one.fmr.value for one in answer.candidates]).all()

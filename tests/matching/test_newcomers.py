"""Newcomers extend a search to what the gallery would answer if it held them, be they new or known."""

from __future__ import annotations

import pytest

from biometrics.errors import BiometricsError
from biometrics.positions import Position
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Template
from matching.gallery import Gallery
from matching.newcomers import Newcomers
from tests.matching.parts import ToySource, finger, probe, toy_gallery

INDEX, THUMB = Position.RIGHT_INDEX, Position.RIGHT_THUMB
LAXEST = 1.0


def references(subject_id: str, *templates: Template) -> tuple[BiometricReference, ...]:
    return tuple(
        BiometricReference(reference_id=f"new-{subject_id}-{index}", subject_id=subject_id, template=template)
        for index, template in enumerate(templates)
    )


def holding(*people: tuple[str, list[Template]]) -> Gallery:
    source, gallery = ToySource(), toy_gallery()
    for subject_id, templates in people:
        source.add(subject_id, *templates)
    gallery.follow(source)
    return gallery


def facts(found: CandidateList) -> tuple[object, ...]:
    return found.candidates, found.gallery_size, found.compared


ANNA, BAKARY = ("anna", [finger(INDEX, 5.0)]), ("bakary", [finger(THUMB, 9.0)])


def test_somebody_new_is_one_more() -> None:
    before, asked = holding(ANNA, BAKARY), probe(finger(INDEX, 5.0))
    newcomers = Newcomers(before)
    newcomers.add("chioma", references("chioma", finger(INDEX, 5.5)))
    extended = newcomers.extend(before.search(asked, largest_fmr=LAXEST), asked, LAXEST)
    assert facts(extended) == facts(holding(ANNA, BAKARY, ("chioma", [finger(INDEX, 5.5)])).search(asked))
    assert extended.generation == before.generation + 1


def test_somebody_known_is_there_once_with_all_they_have() -> None:
    before, asked = holding(ANNA, BAKARY), probe(finger(INDEX, 5.0))
    now = [finger(THUMB, 9.0), finger(INDEX, 5.0)]
    newcomers = Newcomers(before)
    newcomers.add("bakary", references("bakary", *now), known=True)
    extended = newcomers.extend(before.search(asked, largest_fmr=LAXEST), asked, LAXEST)
    assert facts(extended) == facts(holding(ANNA, ("bakary", now)).search(asked))
    assert (extended.gallery_size, extended.compared) == (2, 2)


def test_what_was_replaced_finds_nobody_any_more() -> None:
    before, asked = holding(ANNA, BAKARY), probe(finger(INDEX, 5.0))
    newcomers = Newcomers(before)
    newcomers.add("anna", references("anna", finger(THUMB, 1.0)), known=True)
    extended = newcomers.extend(before.search(asked, largest_fmr=LAXEST), asked, LAXEST)
    assert facts(extended) == ((), 2, 0)


def test_somebody_who_comes_twice_is_there_as_they_came_last() -> None:
    before, asked = holding(ANNA), probe(finger(INDEX, 5.0))
    for known in (False, True):
        newcomers = Newcomers(before)
        who = "anna" if known else "chioma"
        newcomers.add(who, references(who, finger(INDEX, 5.5)), known=known)
        newcomers.add(who, references(who, finger(INDEX, 5.5), finger(THUMB, 2.0)), known=True)
        extended = newcomers.extend(before.search(asked, largest_fmr=LAXEST), asked, LAXEST)
        now = (who, [finger(INDEX, 5.5), finger(THUMB, 2.0)])
        assert facts(extended) == facts((holding(now) if known else holding(ANNA, now)).search(asked))


def test_somebody_who_could_not_be_added_is_there_as_before() -> None:
    before, asked = holding(ANNA, BAKARY), probe(finger(INDEX, 5.0))
    newcomers = Newcomers(before)
    newcomers.add("chioma", references("chioma", finger(INDEX, 5.5)))
    for subject_id, known in (("chioma", False), ("bakary", True)):
        with pytest.raises(BiometricsError):
            newcomers.add(subject_id, references("somebody else", finger(INDEX, 5.2)), known=known)
    extended = newcomers.extend(before.search(asked, largest_fmr=LAXEST), asked, LAXEST)
    assert facts(extended) == facts(holding(ANNA, BAKARY, ("chioma", [finger(INDEX, 5.5)])).search(asked))

"""What a demo concludes: right, false and missed pairs, twins, portraits that are not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api import wiring
from api.demo import faces
from api.demo.faces import portrait_views
from api.demo.findings import judge
from api.demo.portraits import PORTRAITS, PublicPortrait, read_portrait
from api.demo.renderings import RENDERINGS, rendering
from api.demo.truth import Truth, demo_plan, truth_of
from api.installation import Installation
from api.settings import Settings
from biometrics.positions import Modality, Position
from biometrics.scores import CalibratedFmr
from enrollment.deduplication.pairs import ReportedPair
from matching.deduplicate import DuplicatePair
from matching.policy import Finding

LABELS = {name: name.upper() for name in "abcdefgh"}


def truth(duplicates: list[str], twins: list[str]) -> Truth:
    return Truth(persons={}, duplicates=tuple(map(frozenset, duplicates)), twins=tuple(map(frozenset, twins)))


def reported(pair: str, rate: float, finding: Finding = Finding.DUPLICATE) -> ReportedPair:
    fmr = CalibratedFmr(value=rate, extrapolated=False, model="test")
    return ReportedPair(pair=DuplicatePair(a=pair[0], b=pair[1], finding=finding, fmr=fmr, scores={}), case_id="case")


def test_pairs_are_right_false_or_missed() -> None:
    pairs = [reported("cd", 1e-4, Finding.REVIEW), reported("ab", 1e-20), reported("ef", 1e-9)]
    found = judge(pairs, LABELS, truth(["AB", "CD", "GH"], []))
    assert [(one.pair.a, planted) for one, planted in found.reported] == [("a", True), ("e", False), ("c", True)]
    assert (found.planted, found.found, found.false) == (3, 2, 1)
    assert found.missed == (frozenset("GH"),)
    assert found.sentence == "found 2 of 3 planted duplicates, 1 false"
    assert found.detail == "2 reported as probable, 1 of them false; 1 reported as doubtful, 0 of them false"


def test_twins_are_different_people() -> None:
    found = judge([reported("ab", 1e-20)], LABELS, truth([], ["AB"]))
    assert (found.planted, found.found, found.false) == (0, 0, 1)


@pytest.mark.parametrize("persons", [4, 5, 8, 9, 15, 16, 48, 200])
def test_any_demo_plants_duplicates_and_a_twin(persons: int) -> None:
    known = truth_of(demo_plan(persons, seed=3))
    assert len(known.persons) == persons
    assert len(known.duplicates) == max(1, persons // 8)
    assert len(known.twins) == 1
    for pair in known.duplicates:
        first, second = sorted(pair)
        assert known.name(first) != known.name(second)
        assert known.pattern(first, Position.LEFT_INDEX) is known.pattern(second, Position.LEFT_INDEX)


def test_a_rendering_is_another_picture_of_the_same_kind() -> None:
    gray = np.random.default_rng(1).integers(60, 200, (90, 120), dtype=np.uint8)
    for kind in RENDERINGS:
        made = rendering(gray, kind)
        assert made.dtype == np.uint8 and made.ndim == 2
        assert made.shape != gray.shape or (made != gray).any(), kind
    assert rendering(gray, "darker").mean() < gray.mean() < rendering(gray, "brighter").mean()
    with pytest.raises(ValueError, match="unknown rendering"):
        rendering(gray, "sepia")


@pytest.mark.parametrize("portrait", PORTRAITS, ids=lambda one: one.title)
def test_the_portraits_are_installed(portrait: PublicPortrait) -> None:
    pixels = read_portrait(portrait)
    assert pixels is not None and min(pixels.shape[:2]) >= 512
    assert "public domain" in portrait.credit or "CC0" in portrait.credit


def test_a_portrait_that_is_not_installed_is_left_out() -> None:
    absent = [("no_such_package", "a.png"), ("matplotlib", "no/such.png")]
    portraits = [PublicPortrait(package=package, file=file, title="", credit="") for package, file in absent]
    assert [read_portrait(portrait) for portrait in portraits] == [None, None]


def test_renderings_are_like_their_original_and_unlike_other_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "RENDERINGS", ("darker",))
    installation = Installation(home=tmp_path, settings=Settings())
    calibrations = wiring.load_calibrations(installation)
    views = portrait_views(wiring.load_extractors(installation), calibrations[Modality.FACE])
    assert [view.title for view in views] == [portrait.title for portrait in PORTRAITS]
    for view in views:
        original, darker = view.renderings
        assert original.aligned is not None
        assert darker.scores[0].against == "own original"
        assert darker.scores[0].cosine > 0.8
        assert [score for score in (*original.scores, *darker.scores[1:]) if score.cosine > 0.3] == []

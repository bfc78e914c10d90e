"""Searches that wait are made together, each with the answer it would have had alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from biometrics.errors import ConfigurationError, GalleryError, IncompatibleTemplatesError
from biometrics.positions import Modality, Position
from biometrics.scores import CandidateList
from biometrics.templates import Probe, TemplateFormat
from enrollment.searching import SearchDesks, _Asked
from matching.attributes import Only
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from tests.matching.parts import CALIBRATIONS, ToyMatcher, ToySource, finger, probe

INDEX = Position.RIGHT_INDEX
FOREIGN = TemplateFormat(algorithm="other", version="1", metric="minutiae")


class Watched(Gallery):
    """Notes how many probes are searched together, once a test lets the searches begin."""

    def __init__(self) -> None:
        super().__init__(
            calibrations=CALIBRATIONS, matchers={Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher()}
        )
        self.together: list[int] = []
        self.let = threading.Event()

    def search_many(
        self,
        probes: Sequence[Probe],
        *,
        largest_fmr: float | None = None,
        limit: int | None = None,
        only: Only | None = None,
    ) -> tuple[CandidateList, ...]:
        assert self.let.wait(10.0)
        self.together.append(len(probes))
        return super().search_many(probes, largest_fmr=largest_fmr, limit=limit, only=only)


@pytest.fixture
def watched() -> Watched:
    source, filled = ToySource(), Watched()
    for number in range(20):
        source.add(f"subject-{number}", finger(INDEX, 10.0 * number))
    filled.follow(source)
    return filled


def at(x: float) -> Probe:
    return probe(finger(INDEX, x))


def test_those_who_wait_are_searched_together_and_answered_as_alone(watched: Watched) -> None:
    desks = SearchDesks(watched, desks=1, most=8)
    rates = [0.9, 0.05, 1e-3]

    def ask(number: int) -> CandidateList:
        return desks.search(at(10.0 * number), largest_fmr=rates[number % 3], limit=1 + number % 2)

    with ThreadPoolExecutor(17) as pool:
        asked = [pool.submit(ask, 0)]
        while not desks._desks[0]._dealing:
            pass
        asked += [pool.submit(ask, number) for number in range(1, 17)]
        while len(desks._desks[0]._waiting) < 16:
            pass
        watched.let.set()
        answers = [one.result() for one in asked]
    assert watched.together == [1, 8, 8]
    alone = [
        watched.search(at(10.0 * number), largest_fmr=rates[number % 3], limit=1 + number % 2) for number in range(17)
    ]
    assert answers == alone


def test_a_probe_at_fault_fails_alone(watched: Watched) -> None:
    watched.let.set()
    desks = SearchDesks(watched, desks=1)
    probes = [at(10.0), probe(finger(INDEX, 1.0, template_format=FOREIGN)), at(20.0)]
    group = [_asked(one) for one in probes]
    first, second, third = desks._search_together(group)
    assert isinstance(first, CandidateList) and first.candidates[0].subject_id == "subject-1"
    assert isinstance(second, IncompatibleTemplatesError)
    assert isinstance(third, CandidateList) and third.candidates[0].subject_id == "subject-2"


@pytest.mark.parametrize("limit", [0, -1])
def test_an_impossible_limit_is_refused_in_company_too(watched: Watched, limit: int) -> None:
    watched.let.set()
    desks = SearchDesks(watched, desks=1)
    with pytest.raises(ConfigurationError):
        desks.search(at(1.0), largest_fmr=0.5, limit=limit)
    first, second = desks._search_together([_asked(at(1.0)), _asked(at(1.0), limit=limit)])
    assert isinstance(first, CandidateList)
    assert isinstance(second, ConfigurationError)


def test_a_defect_in_a_joint_search_reaches_everybody_and_leaves_the_desk_free(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.let.set()
    desks = SearchDesks(watched, desks=1)

    def fail(*_: object, **__: object) -> None:
        raise GalleryError("broken")

    with monkeypatch.context() as broken:
        broken.setattr(watched, "search_many", fail)
        broken.setattr(watched, "search", fail)
        with pytest.raises(GalleryError, match="broken"):
            desks.search(at(1.0), largest_fmr=0.5)
    assert desks.search(at(10.0), largest_fmr=0.5).candidates[0].subject_id == "subject-1"
    assert desks._at == [0]


def test_a_second_desk_is_used_while_the_first_is_busy(watched: Watched) -> None:
    desks = SearchDesks(watched, desks=2)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(desks.search, at(10.0 * number), largest_fmr=0.5) for number in (1, 2)]
        while not all(desk._dealing for desk in desks._desks):
            pass
        watched.let.set()
        assert [one.result().candidates[0].subject_id for one in both] == ["subject-1", "subject-2"]
    assert watched.together == [1, 1]


def _asked(one: Probe, limit: int | None = None) -> _Asked:
    return _Asked(probe=one, largest_fmr=0.5, limit=limit, only=None)

"""Every answer of a gallery that lists by vectors, beside a thread that changes it, is that of one generation."""

from __future__ import annotations

import dataclasses
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest

from biometrics.positions import Modality, Position
from biometrics.protocols import ReferenceChange
from biometrics.templates import Probe, Template
from matching import describing, references, shortlisting
from matching.attributes import Only
from matching.gallery import Gallery
from tests.enrollment.fakes import FACE_FORMAT, FINGER_FORMAT, _face, _finger
from tests.enrollment.keeping.population import _QUALITY
from tests.enrollment.office import calibrations
from tests.journeys.gallery_answers import Exported, Model, Paired, Refreshed, Searched, Told
from tests.journeys.gallery_storm_engine import LEAST_GALLERY, STRANGERS
from tests.matching.parts import ToySource

PEOPLE, FIRST = 50, 40
CHANGES = 2_000 if os.environ.get("KURA_TEST_THOROUGH") == "1" else 30
NAMED = (Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_INDEX)
SIMULATED = Only(all_of=frozenset({"simulated"}))


@pytest.fixture(autouse=True)
def lists_early() -> Iterator[None]:
    few = {shortlisting.MORE: STRANGERS}
    with (
        patch.object(describing, "LEAST_GALLERY", LEAST_GALLERY),
        patch.object(shortlisting, "LEAST_GALLERY", LEAST_GALLERY),
        patch.object(shortlisting, "SEARCH", few),
        patch.object(shortlisting, "JOIN", few),
        patch.object(references, "FEWEST_TO_COMPACT", 16),
    ):
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        yield
        sys.setswitchinterval(interval)


def shown(person: int, capture: int, chance: random.Random) -> list[Template]:
    """Return what somebody shows: most of their fingers and mostly the face; at times fingers that nobody names."""
    templates = [
        Template(
            format=FINGER_FORMAT,
            position=position if chance.random() < 0.95 else Position.UNKNOWN,
            body=_finger(10 * person + place, capture),
            quality=_QUALITY,
        )
        for place, position in enumerate(NAMED)
        if chance.random() < 0.85
    ]
    if chance.random() < 0.75 or not templates:
        face = Template(format=FACE_FORMAT, position=Position.FACE, body=_face(person, capture), quality=_QUALITY)
        templates.append(face)
    return templates


def lively_source(chance: random.Random) -> ToySource:
    """Return a registry that begins with many persons, who then gain, lose and swap encounters."""
    source, standing = ToySource(), list[ReferenceChange]()

    def add(person: int) -> None:
        change = source.add(f"p{person}", *shown(person, chance.randrange(3), chance))
        if person % 3 == 0:
            change = source.changes[-1] = dataclasses.replace(change, attributes=frozenset({"simulated"}))
        standing.append(change)

    for person in range(FIRST):
        add(person)
    while len(source.changes) < FIRST + CHANGES:
        deed = chance.random()
        if deed < 0.45 or not standing:
            add(chance.randrange(PEOPLE))
        elif deed < 0.8:
            source.retire(standing.pop(chance.randrange(len(standing))))
        else:
            place = chance.randrange(len(standing))
            standing[place] = source.move(standing[place], f"p{chance.randrange(PEOPLE)}")
    return source


class Asking:
    """Asks a gallery everything, and remembers what it said."""

    def __init__(self, gallery: Gallery, describer: describing.PersonDescriber) -> None:
        self._gallery, self._describer = gallery, describer
        self.told: list[Told] = []

    @staticmethod
    def _probe(chance: random.Random) -> Probe:
        return Probe(templates=tuple(shown(chance.randrange(PEOPLE + 5), 7, chance)))

    def search(self, chance: random.Random) -> None:
        only, rate = chance.choice([None, None, SIMULATED]), chance.choice([None, 1e-3])
        probes = [self._probe(chance) for _ in range(chance.choice([1, 3]))]
        answers = self._gallery.search_many(probes, only=only, largest_fmr=rate)
        assert len({answer.generation for answer in answers}) == 1
        for probe, answer in zip(probes, answers, strict=True):
            self.told.append(Searched(probe=probe, only=only, largest_fmr=rate, answer=answer))

    def refresh(self, chance: random.Random) -> None:
        probe = self._probe(chance)
        earlier = self._gallery.search(probe)
        answer = self._gallery.refresh(earlier, probe)
        self.told.append(Searched(probe=probe, only=None, largest_fmr=None, answer=earlier))
        self.told.append(Refreshed(probe=probe, earlier=earlier, answer=answer))

    def pair(self, chance: random.Random) -> None:
        everybody = [f"p{person}" for person in range(PEOPLE)]
        left = chance.sample(everybody, 12)
        right = None if chance.random() < 0.5 else chance.sample(everybody, 20)
        answer = self._gallery.pairs(left, right, largest_fmr=1e-2)
        self.told.append(Paired(left=left, right=right, largest_fmr=1e-2, answer=answer))

    def export(self, chance: random.Random) -> None:
        header, arrays = self._gallery.export()
        other = Gallery.restore(header, dict(arrays), calibrations=calibrations(), described=self._describer)
        probe = self._probe(chance)
        searched = Searched(probe=probe, only=None, largest_fmr=None, answer=other.search(probe))
        told = Exported(
            generation=other.generation, fingerprint=other.fingerprint, subjects=other.subjects(), searched=searched
        )
        self.told.append(told)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_every_answer_beside_a_writer_is_that_of_its_generation(seed: int) -> None:
    chance = random.Random(seed)
    source = lively_source(chance)
    describer = describing.PersonDescriber(FACE_FORMAT, calibrations()[Modality.FACE])
    gallery = Gallery(calibrations=calibrations(), described=describer)
    for change in source.changes[:FIRST]:
        gallery.apply(change)
    asking, done, failures = Asking(gallery, describer), threading.Event(), list[BaseException]()

    def ask(deed: Callable[[random.Random], None], own: random.Random) -> None:
        try:
            while not done.is_set():
                deed(own)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    deeds = (asking.search, asking.search, asking.refresh, asking.pair, asking.export)
    threads = [
        threading.Thread(target=ask, args=(deed, random.Random(f"{seed} {number}")))
        for number, deed in enumerate(deeds)
    ]
    for thread in threads:
        thread.start()
    for number, change in enumerate(source.changes[FIRST:]):
        while len(asking.told) < number and not failures:  # as many questions as changes
            time.sleep(1e-3)
        gallery.apply(change)
        if change.sequence % 40 == 0:
            gallery.compact()
    done.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    assert Model(source, gallery.beside(), describer).differences(asking.told) == []
    kinds = {
        kind: sum(isinstance(one, kind) for one in asking.told) for kind in (Searched, Refreshed, Paired, Exported)
    }
    assert all(count > 3 for count in kinds.values()), kinds
    assert len({one.answer.generation for one in asking.told if isinstance(one, Searched)}) > 10

"""Clients of an engine that enroll, identify, merge and take out at once, and hold each answer to what is known.

Each client changes only persons of its own, and asks about everybody: an answer about a person who was left alone
while the question was under way must be the right one.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from biometrics.decisions import Unique
from biometrics.errors import RecordConflictError, ServiceError
from biometrics.records import DEFAULT_GALLERY, Actor
from enrollment.engine.client import EngineClient, find_engine
from enrollment.engine.service import Identified
from enrollment.operations.galleries import PLACE_ENCOUNTER, PlaceEncounter
from enrollment.operations.merging import MERGE, UNMERGE, MergePersons, UnmergePersons
from enrollment.operations.people import SHOW_PERSON, ShowPerson
from registry.location import registry_folder
from tests.journeys.gallery_storm_people import Crowd, Person, Standing, shown, standing_still, twin_label

ACTOR = Actor(name="storm")
VISA = "visa_applicants"
LIMIT = 10


class Client(threading.Thread):
    """One client, until it is told to stop.

    Parameters
    ----------
    home
        Whose engine is asked.
    crowd
        Everybody.
    own
        Whom this client changes; grows.
    seed
        Of what it chooses.
    stop
        Tells that the storm is over.
    """

    def __init__(self, home: Path, crowd: Crowd, own: list[Person], seed: int, stop: threading.Event) -> None:
        super().__init__(name=f"client {seed}")
        self._home, self._crowd, self._own, self._stop_asked = home, crowd, own, stop
        self._chance = random.Random(seed)
        self._engine: EngineClient | None = None
        deeds: dict[Callable[[EngineClient], None], int] = {
            self._identify: 45,
            self._enroll: 20,
            self._enroll_again: 6,
            self._take_out: 7,
            self._put_back: 7,
            self._merge: 6,
            self._unmerge: 6,
            self._keep: 2,
        }
        self._deeds, self._weights = list(deeds), list(deeds.values())

    def run(self) -> None:
        """Ask one thing after the other; what the engine's death leaves open stays open."""
        while not self._stop_asked.is_set():
            try:
                if self._engine is None:
                    self._engine = find_engine(registry_folder(self._home), None, ACTOR)
                if self._engine is None:
                    time.sleep(0.02)
                    continue
                (deed,) = self._chance.choices(self._deeds, self._weights)
                deed(self._engine)
                self._crowd.count(deed.__name__.strip("_"))
            except ServiceError:
                self._engine = None
                self._crowd.count("asked in vain")
            except Exception as error:  # noqa: BLE001 - nothing else may ever come
                self._crowd.fault(f"{type(error).__name__}: {error}")
        if self._engine is not None:
            self._engine.close()

    def _pick(self, *standings: Standing) -> Person | None:
        found = standing_still(self._own, *standings)
        return self._chance.choice(found) if found else None

    def _enroll(self, engine: EngineClient) -> None:
        person = self._crowd.newcomer(self._home)
        person.begin(Standing.NOWHERE, Standing.HERE, Standing.PENDING)
        self._own.append(person)
        outcome = engine.enroll(shown(person.number, 0, person.label))
        if not isinstance(outcome, Unique):
            self._crowd.fault(f"{person.label}, whom nobody is like, is {type(outcome).__name__}")
            person.end(Standing.PENDING)
            return
        person.subject_id = outcome.subject_id
        self._crowd.by_subject[person.subject_id] = person
        self._crowd.acknowledged()
        person.end(Standing.HERE)
        (encounter,) = engine.call(SHOW_PERSON, ShowPerson(person=person.subject_id)).encounters
        person.encounter_id = encounter.encounter_id

    def _enroll_again(self, engine: EngineClient) -> None:
        """Enroll somebody who may be here under another name: nobody who is becomes unique again."""
        if not (person := self._anybody()):
            return
        before, here = person.signature(), person.found_as()
        label = twin_label(person, self._chance.getrandbits(40))
        try:
            if here is not None:
                outcome = engine.enroll(shown(person.number, 1, label))
                if isinstance(outcome, Unique) and person.signature() == before:
                    self._crowd.fault(f"{person.label} was enrolled as {here}, and is unique once more")
        except RecordConflictError:
            pass

    def _identify(self, engine: EngineClient) -> None:
        if not (person := self._anybody()):
            return
        gone, acknowledged = self._crowd.gone(), self._crowd.changes
        before, here = person.signature(), person.found_as()
        answer = engine.identify(shown(person.number, 2, person.label), LIMIT)
        self._judge(answer, gone, acknowledged)
        found = [one.subject_id for one in answer.answer.found.candidates] if answer.answer.found else []
        if here is not None and person.signature() == before and here not in found:
            self._crowd.fault(f"{person.label} is not found as {here}")

    def _judge(self, answer: Identified, gone: dict[str, int], acknowledged: int) -> None:
        found = answer.answer.found
        if found is None:
            self._crowd.fault("a probe could not be searched")
            return
        if found.generation < acknowledged:
            self._crowd.fault(f"{acknowledged} changes were acknowledged, the answer is of {found.generation}")
        scores = [one.score for one in found.candidates]
        if not found.complete or found.compared > found.gallery_size or scores != sorted(scores, reverse=True):
            self._crowd.fault("an answer is not whole")
        for one in found.candidates:
            other = self._crowd.by_subject.get(one.subject_id)
            if other is not None and gone.get(one.subject_id) == other.changes:
                self._crowd.fault(f"{other.label} was {other.standing.value}, and is found")

    def _anybody(self) -> Person | None:
        """Return somebody, of this client or another."""
        people = list(self._crowd.people)
        return self._chance.choice(people) if people else None

    def _take_out(self, engine: EngineClient) -> None:
        person = self._pick(Standing.HERE)
        if person is None or person.holds:
            return
        person.begin(Standing.HERE, Standing.OUT)
        encounter = person.encounter_id
        if not person.visa:  # an encounter is in one gallery at least
            person.visa = True
            engine.call(PLACE_ENCOUNTER, PlaceEncounter(encounter_id=encounter, gallery_id=VISA))
        asked = PlaceEncounter(encounter_id=encounter, gallery_id=DEFAULT_GALLERY, take_out=True)
        engine.call(PLACE_ENCOUNTER, asked)
        self._crowd.acknowledged()
        person.end(Standing.OUT)

    def _put_back(self, engine: EngineClient) -> None:
        person = self._pick(Standing.OUT)
        if person is None:
            return
        person.begin(Standing.HERE, Standing.OUT)
        asked = PlaceEncounter(encounter_id=person.encounter_id, gallery_id=DEFAULT_GALLERY)
        engine.call(PLACE_ENCOUNTER, asked)
        self._crowd.acknowledged()
        person.end(Standing.HERE)

    def _merge(self, engine: EngineClient) -> None:
        person, into = self._pick(Standing.HERE), self._pick(Standing.HERE)
        if person is None or into is None or person is into or person.holds:
            return
        person.into = into
        person.begin(Standing.HERE, Standing.MERGED)
        into.changes += 1
        into.holds += 1
        asked = MergePersons(person=person.subject_id, into=into.subject_id, reason="storm", approver="somebody else")
        engine.call(MERGE, asked)
        self._crowd.acknowledged()
        into.changes += 1
        person.end(Standing.MERGED)

    def _unmerge(self, engine: EngineClient) -> None:
        person = self._pick(Standing.MERGED)
        if person is None or person.into is None:
            return
        into = person.into
        person.begin(Standing.HERE, Standing.MERGED)
        into.changes += 1
        engine.call(UNMERGE, UnmergePersons(merge=person.subject_id, reason="storm"))
        self._crowd.acknowledged()
        into.holds -= 1
        into.changes += 1
        person.end(Standing.HERE)
        person.into = None

    def _keep(self, engine: EngineClient) -> None:
        engine.keep_gallery(compact=self._chance.random() < 0.5)

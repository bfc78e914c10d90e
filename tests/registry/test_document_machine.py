"""Whatever is added, merged, moved, retired and purged in whatever order: names tell apart, and the trail proves it."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from biometrics.errors import RecordConflictError, RecordError
from biometrics.records import EncounterStatus
from biometrics.samples import now_utc
from registry.faults import FaultKind
from registry.store import Registry
from tests.databases import drop_databases
from tests.registry.people import enroll
from tests.registry.test_documents import another

PEOPLE = range(3)
NAMES = ("1", "2")
LOOKED_FOR = {FaultKind.SERVICE, FaultKind.AUDIT, FaultKind.SEQUENCE, FaultKind.DATABASE}


class DocumentMachine(RuleBasedStateMachine):
    """Three people whose encounters clients call by two names."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._registry = Registry.open(Path(self._folder.name) / "home")

    @initialize()
    def begin(self) -> None:
        first = [enroll(self._registry, f"person {number}", number) for number in PEOPLE]
        self._people = [one.subject_id for one in first]
        self._encounters = [one.encounter_id for one in first]
        self._merges: list[str] = []
        self._seed = 10

    def teardown(self) -> None:
        faults = [fault for fault in self._registry.check() if fault.kind in LOOKED_FOR]
        assert faults == []
        for subject_id in self._people:
            self._are_apart(subject_id)
        self._registry.close()
        drop_databases(Path(self._folder.name))
        self._folder.cleanup()

    def _are_apart(self, subject_id: str) -> None:
        with self._registry.reading() as record:
            held = record.encounters(subject_id)
            kept = [one.encounter_id for one in held if one.status is not EncounterStatus.RETIRED]
            names = record.documents.names(subject_id)
            assert len(names) == len(kept)
            assert sorted(str(record.documents.named(subject_id, name)) for name in names) == sorted(kept)

    @rule(person=st.sampled_from(PEOPLE))
    def enroll(self, person: int) -> None:
        first = self._registry.encounters(self._people[person])[:1]
        if first:
            self._seed += 1
            with suppress(RecordConflictError):  # whoever is merged gets no new encounters
                self._encounters.append(another(self._registry, first[0], self._seed).encounter_id)

    @rule(which=st.integers(0, 99), name=st.sampled_from((*NAMES, None)))
    def name(self, which: int, name: str | None) -> None:
        encounter_id = self._encounters[which % len(self._encounters)]
        with suppress(RecordError), self._registry.writing() as writer:
            writer.documents.add(encounter_id, name=name or encounter_id, document="{}", request=name)

    @rule(which=st.integers(0, 99))
    def change(self, which: int) -> None:
        with suppress(RecordError), self._registry.writing() as writer:
            writer.documents.update(self._encounters[which % len(self._encounters)], in_use=bool(which % 2))

    @rule(source=st.sampled_from(PEOPLE), into=st.sampled_from(PEOPLE))
    def merge(self, source: int, into: int) -> None:
        with suppress(RecordError), self._registry.writing() as writer:
            self._merges.append(writer.merges.merge(self._people[source], self._people[into], reason="one person"))

    @rule(which=st.integers(0, 99))
    def part(self, which: int) -> None:
        if self._merges:
            with suppress(RecordError), self._registry.writing() as writer:
                writer.merges.unmerge(self._merges[which % len(self._merges)], reason="they are two")

    @rule(which=st.integers(0, 99), into=st.sampled_from(PEOPLE))
    def move(self, which: int, into: int) -> None:
        encounter_id = self._encounters[which % len(self._encounters)]
        with suppress(RecordError), self._registry.writing() as writer:
            writer.merges.move_encounter(encounter_id, self._people[into], reason="filed wrongly")

    @rule(which=st.integers(0, 99))
    def retire(self, which: int) -> None:
        with suppress(RecordError), self._registry.writing() as writer:
            writer.retire_encounter(self._encounters[which % len(self._encounters)])

    @rule()
    def purge(self) -> None:
        with self._registry.writing() as writer:
            writer.purge(retired_before=now_utc() + timedelta(seconds=1), reason="a rule", most=1)


_EXAMPLES = 100 if os.environ.get("KURA_TEST_THOROUGH") == "1" else 8
DocumentMachine.TestCase.settings = settings(
    max_examples=_EXAMPLES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDocumentMachine = DocumentMachine.TestCase

"""Whatever happens in the registry: who followed step by step, who starts anew and plain counting agree."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from biometrics.errors import RecordError
from biometrics.positions import Modality, Position
from biometrics.records import Subject
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Probe, Template
from matching.gallery import Gallery
from registry.gallery_view import GalleryView
from registry.identifiers import new_identifier
from registry.replacement import Replacement, StagedResult
from registry.store import Registry
from tests.databases import drop_databases
from tests.matching.brute_force import person_rates
from tests.matching.parts import FINGER_FORMAT, face, finger, probe, toy_gallery
from tests.registry.people import new_encounter, new_subject

GALLERIES = ("citizens", "visa_applicants")
POSITIONS = [Position.UNKNOWN, Position.RIGHT_INDEX, Position.LEFT_INDEX]
PROBE = (finger(Position.UNKNOWN, 6.0, 20.0), finger(Position.RIGHT_INDEX, 28.0, 5.0), face(1.0, 0.9, 0.0, 1.0))

coordinates = st.sampled_from([5.0, 6.0, 20.0, 28.0, 60.0])
prints = st.builds(finger, st.sampled_from(POSITIONS), coordinates, coordinates)
components = st.sampled_from([-1.0, 0.0, 0.9, 1.0])
faces = st.builds(
    lambda x, y, norm: face(x, y, 0.0, 1.0, raw_norm=norm), components, components, st.sampled_from([4.0, 9.0])
)
some_templates = st.lists(st.one_of(prints, faces), min_size=1, max_size=3)
some_galleries = st.sets(st.sampled_from(GALLERIES), min_size=1).map(frozenset)
numbers = st.integers(0, 7)


@dataclass(slots=True)
class Known:
    """An encounter as plain counting knows it; its templates by reference, in the order of their change."""

    encounter_id: str
    subject: int
    galleries: frozenset[str]
    held: dict[str, Template]


@dataclass(slots=True)
class Union:
    """A merge: who became whom, and which encounters came."""

    merge_id: str
    source: int
    into: int
    came: list[Known]
    stands: bool = True


@dataclass(slots=True)
class Counting:
    """The model: who has which encounters, and what each gallery holds in the order it came."""

    subjects: list[Subject] = field(default_factory=list)
    encounters: list[Known] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)
    inside: dict[str, dict[str, tuple[int, Template]]] = field(default_factory=lambda: {name: {} for name in GALLERIES})

    def of(self, subject: int) -> list[Known]:
        return [one for one in self.encounters if one.subject == subject]

    def galleries(self, subject: int) -> frozenset[str]:
        return frozenset().union(*(one.galleries for one in self.of(subject)))

    def merged(self, subject: int) -> bool:
        return any(one.stands and one.source == subject for one in self.unions)

    def go_together(self, galleries: frozenset[str], into: int) -> bool:
        others = self.galleries(into)
        return not galleries or not others or bool(galleries & others)

    def shift(self, one: Known, subject: int, galleries: frozenset[str]) -> None:
        for name, inside in self.inside.items():
            if name in one.galleries and (name not in galleries or subject != one.subject):
                for reference_id in one.held:
                    del inside[reference_id]
            if name in galleries and (name not in one.galleries or subject != one.subject):
                inside |= {reference_id: (subject, template) for reference_id, template in one.held.items()}
        one.subject, one.galleries = subject, galleries

    def drop(self, one: Known, gone: list[str]) -> None:
        for reference_id in gone:
            del one.held[reference_id]
            for inside in self.inside.values():
                inside.pop(reference_id, None)


class Following(RuleBasedStateMachine):
    """A registry, galleries that follow it now and then, and the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kura-following-"))
        self.registry = Registry.open(self.folder / "home", busy_timeout_s=5.0)
        self.model = Counting()
        self.version = 1
        self.steps = {name: toy_gallery() for name in GALLERIES}
        self.searched: dict[str, CandidateList] = {}

    def teardown(self) -> None:
        self.registry.close()
        drop_databases(self.folder)
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.model.subjects = [new_subject(f"subject {number}") for number in range(5)]

    def expect(self, allowed: bool, deed: str, *words: str, **named: str) -> str | None:
        """Do what `writer.merges` or `writer.galleries` calls so; it must succeed exactly when the model allows it."""
        part, name = deed.split(".")
        before = self.registry.latest_sequence()
        try:
            with self.registry.writing() as writer:
                answer: str | None = getattr(getattr(writer, part), name)(*words, **named)
        except RecordError:
            assert not allowed, f"{deed} was refused"
            assert self.registry.latest_sequence() == before
            return None
        assert allowed, f"{deed} was not refused"
        return answer

    @rule(number=numbers, templates=some_templates, galleries=some_galleries)
    def add(self, number: int, templates: list[Template], galleries: frozenset[str]) -> None:
        index = number % len(self.model.subjects)
        subject = self.model.subjects[index]
        if self.model.merged(index):
            return
        encounter = dataclasses.replace(new_encounter(subject), galleries=tuple(sorted(galleries)))
        current = dataclasses.replace(FINGER_FORMAT, version=str(self.version))
        made = [self.of_version(one, current.version) for one in templates]
        references = tuple(
            BiometricReference(reference_id=new_identifier(), subject_id=subject.subject_id, template=one)
            for one in made
        )
        with self.registry.writing() as writer:
            writer.add_encounter(subject, encounter, references)
        known = Known(
            encounter.encounter_id, index, frozenset(), {one.reference_id: one.template for one in references}
        )
        self.model.encounters.append(known)
        self.model.shift(known, index, galleries)

    @staticmethod
    def of_version(template: Template, version: str) -> Template:
        if template.modality is Modality.FACE:
            return template
        return dataclasses.replace(template, format=dataclasses.replace(FINGER_FORMAT, version=version))

    @rule(number=numbers)
    def retire(self, number: int) -> None:
        standing = [one for one in self.model.encounters if one.held]
        if standing:
            self.retire_one(standing[number % len(standing)])

    @rule(number=numbers, into=numbers)
    def pass_on_and_retire(self, number: int, into: int) -> None:
        """Let followers see both at once."""
        standing = [one for one in self.model.encounters if one.held]
        if standing and self.exists(into % 5):
            self.follow()
            one = standing[number % len(standing)]
            self.move_one(one, into % 5)
            self.retire_one(one)
            self.follow()

    def retire_one(self, one: Known) -> None:
        with self.registry.writing() as writer:
            writer.retire_encounter(one.encounter_id)
        self.model.drop(one, list(one.held))

    @rule(number=numbers, into=numbers)
    def move(self, number: int, into: int) -> None:
        if self.model.encounters and self.exists(into % 5):
            self.move_one(self.model.encounters[number % len(self.model.encounters)], into % 5)

    def move_one(self, one: Known, into: int) -> None:
        allowed = one.subject != into and not self.model.merged(into) and self.model.go_together(one.galleries, into)
        subject_id = self.model.subjects[into].subject_id
        self.expect(allowed, "merges.move_encounter", one.encounter_id, subject_id, reason="filed wrongly")
        if allowed:
            self.model.shift(one, into, one.galleries)

    def exists(self, subject: int) -> bool:
        return self.registry.subject_by_label(self.model.subjects[subject].label) is not None

    @rule(number=numbers, gallery=st.sampled_from(GALLERIES), out=st.booleans())
    def place(self, number: int, gallery: str, out: bool) -> None:
        if not self.model.encounters:
            return
        one = self.model.encounters[number % len(self.model.encounters)]
        after = one.galleries - {gallery} if out else one.galleries | {gallery}
        allowed = bool(after) and after != one.galleries
        self.expect(allowed, "galleries.remove" if out else "galleries.put", one.encounter_id, gallery)
        if allowed:
            self.model.shift(one, one.subject, after)

    @rule(source=numbers, into=numbers)
    def merge(self, source: int, into: int) -> None:
        source, into = source % 5, into % 5
        if not self.exists(source) or not self.exists(into):
            return
        allowed = (
            source != into
            and not self.model.merged(source)
            and not self.model.merged(into)
            and self.model.go_together(self.model.galleries(source), into)
        )
        words = [self.model.subjects[one].subject_id for one in (source, into)]
        merge_id = self.expect(allowed, "merges.merge", *words, reason="one person")
        if merge_id is not None:
            came = self.model.of(source)
            self.model.unions.append(Union(merge_id, source, into, came))
            for one in came:
                self.model.shift(one, into, one.galleries)

    @rule(number=numbers)
    def unmerge(self, number: int) -> None:
        if not self.model.unions:
            return
        union = self.model.unions[-1 - number % len(self.model.unions)]
        at_home = all(one.subject == union.into for one in union.came)
        allowed = union.stands and not self.model.merged(union.into) and at_home
        self.expect(allowed, "merges.unmerge", union.merge_id, reason="two persons")
        if allowed:
            union.stands = False
            for one in union.came:
                self.model.shift(one, union.source, one.galleries)

    @rule(lost=st.booleans())
    def extract_again(self, lost: bool) -> None:
        """Move all prints to another model; one of them may be lost."""
        version = str(self.version + 1)
        target = Replacement(
            modality=Modality.FINGER, model_id=dataclasses.replace(FINGER_FORMAT, version=version).model_id
        )
        held = {reference_id: one for one in self.model.encounters for reference_id in one.held}
        made: dict[str, BiometricReference | None] = {}
        with self.registry.writing() as writer:
            for number, old in enumerate(writer.unreplaced(target)):
                template = self.of_version(held[old.reference_id].held[old.reference_id], version)
                fresh = BiometricReference(
                    reference_id=new_identifier(), subject_id=old.subject_id, template=template, sample_sha256=None
                )
                made[old.reference_id] = None if lost and number == 0 else fresh
            results = [
                StagedResult(replaces=name, reference=new, failure="lost" if new is None else None)
                for name, new in made.items()
            ]
            writer.stage(target, results)
            writer.replace_references(target)
        self.version += 1
        self.steps, self.searched = {name: toy_gallery() for name in GALLERIES}, {}
        for name, new in made.items():
            one = held[name]
            self.model.drop(one, [name])
            if new is not None:
                one.held[new.reference_id] = new.template
                for gallery in one.galleries:
                    self.model.inside[gallery][new.reference_id] = (one.subject, new.template)

    @rule()
    def follow(self) -> None:
        for name, gallery in self.steps.items():
            gallery.follow(self.view(name))
            self.agrees(name, gallery)
            found = gallery.search(Probe(templates=probe_of(self.version)))
            if name in self.searched:
                assert gallery.refresh(self.searched[name], Probe(templates=probe_of(self.version))) == found
            self.searched[name] = found

    @rule()
    def start_anew(self) -> None:
        for name in GALLERIES:
            gallery = toy_gallery()
            gallery.follow(self.view(name))
            self.agrees(name, gallery)

    @rule()
    def check(self) -> None:
        assert self.registry.check() == []

    @invariant()
    def everybody_counts(self) -> None:
        for name in GALLERIES:
            subjects = {subject for subject, _ in self.model.inside[name].values()}
            assert self.view(name).active_subjects() == len(subjects)

    def view(self, name: str) -> GalleryView:
        return GalleryView(source=self.registry, gallery_id=name)

    def agrees(self, name: str, gallery: Gallery) -> None:
        """Compare a gallery with the registry's own count, and with plain counting."""
        gallery.check(self.view(name))
        templates = probe_of(self.version)
        references = [
            BiometricReference(reference_id=reference_id, subject_id=str(subject), template=template)
            for reference_id, (subject, template) in self.model.inside[name].items()
        ]
        expected = {
            self.model.subjects[int(subject)].subject_id: rate
            for subject, rate in person_rates(templates, references).items()
        }
        found = gallery.search(probe(*templates))
        assert {one.subject_id: one.fmr.value for one in found.candidates} == pytest.approx(expected, rel=1e-4)
        assert found.compared == len(expected)
        assert found.gallery_size == len({reference.subject_id for reference in references})


def probe_of(version: int) -> tuple[Template, ...]:
    return tuple(Following.of_version(one, str(version)) for one in PROBE)


_EXAMPLES = 300 if os.environ.get("KURA_TEST_THOROUGH") else 12
TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=_EXAMPLES, stateful_step_count=40, deadline=None)

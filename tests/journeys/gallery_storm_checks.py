"""What is looked at after a storm: registry, snapshot and galleries against each other and what was acknowledged."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from api import wiring
from api.installation import Installation, open_installation
from biometrics.records import DEFAULT_GALLERY
from biometrics.templates import Probe
from matching.gallery import Gallery
from registry.gallery_view import GalleryView
from registry.reading import Reader
from registry.store import Registry
from tests.journeys.gallery_storm_people import Crowd, Person, Standing, shown, twin_of

MATE_FMR = 1e-6
"""What no stranger reaches among a few hundred."""

PROBES = 12
"""Persons for whom the answers of galleries that came about differently are compared, each round."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    rounds: int = 0
    kills: int = 0
    from_snapshots: int = 0
    changes: int = 0
    unsure: int = 0
    probes: int = 0
    commands: int = 0
    deeds: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def examine(home: Path, crowd: Crowd, chance: random.Random, tally: Tally) -> None:
    """Hold registry, snapshot and galleries against each other and against what was acknowledged."""
    installation = open_installation(home, create=False)
    with Registry.open(home, create=False) as registry:
        tally.faults += [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
        with registry.reading() as record:
            _settle(record, crowd, tally)
            held = record.latest_sequence()
        if held < crowd.changes:
            tally.faults.append(f"{crowd.changes} changes were acknowledged, {held} are recorded")
        opened = wiring.open_galleries(registry, installation).open(DEFAULT_GALLERY)
        tally.from_snapshots += opened.reason is None
        if opened.reason is not None and opened.reason != "there was no snapshot":
            tally.faults.append(f"the gallery was built anew because {opened.reason}")
        wanted = galleries_built_anew(opened.gallery, registry, installation)
        _compare_holdings(opened.gallery, wanted, tally)
        for person in chance.sample(crowd.people, min(PROBES, len(crowd.people))):
            _compare_answers(opened.gallery, wanted, person, crowd, tally)
        _retire_some(registry, crowd, chance)


def _settle(record: Reader, crowd: Crowd, tally: Tally) -> None:
    """Learn what became of what nobody said anything about, and find whatever else is not as it was said."""
    labels = {person.label: person for person in crowd.people}
    crowd.twins = {one.subject_id: label for one in record.subjects() if (label := twin_of(one.label or ""))}
    subjects = {subject.label: subject.subject_id for subject in record.subjects() if subject.label in labels}
    for label, person in labels.items():
        subject_id = subjects.get(label)
        if person.subject_id and subject_id != person.subject_id:
            tally.faults.append(f"{label} was acknowledged and is gone")
            continue
        now = _standing(record, person, subject_id)
        if person.standing is Standing.UNSURE:
            tally.unsure += 1
            if now not in person.allowed:
                tally.faults.append(f"{label} is {now.value}")
            person.end(now)
        elif now is not person.standing:
            tally.faults.append(f"{label} was {person.standing.value}, and is {now.value}")
        if person.into is not None and now is not Standing.MERGED:
            person.into.holds -= 1
            person.into = None
        if subject_id is not None:
            crowd.by_subject[subject_id] = person


def _standing(record: Reader, person: Person, subject_id: str | None) -> Standing:
    if subject_id is None:
        return Standing.NOWHERE
    person.subject_id = subject_id
    if record.merges.survivor(subject_id) != subject_id:
        return Standing.MERGED
    own = [one for one in record.encounters(subject_id) if person.encounter_id in ("", one.encounter_id)]
    (encounter,) = own
    person.encounter_id = encounter.encounter_id
    person.visa = "visa_applicants" in encounter.galleries
    if encounter.status.value == "pending":
        return Standing.PENDING
    return (
        Standing.HERE if encounter.status.value == "active" and DEFAULT_GALLERY in encounter.galleries else Standing.OUT
    )


def galleries_built_anew(gallery: Gallery, registry: Registry, installation: Installation) -> tuple[Gallery, Gallery]:
    """Return a gallery from the registry alone, and one that compares everybody besides."""
    made = wiring.open_galleries(registry, installation)._maker.new(DEFAULT_GALLERY), gallery.beside()
    for one in made:
        view = GalleryView(source=registry, gallery_id=DEFAULT_GALLERY)
        one.follow(view)
        one.check(view)
    return made


def _compare_holdings(gallery: Gallery, wanted: tuple[Gallery, Gallery], tally: Tally) -> None:
    for one in wanted:
        if (one.generation, one.fingerprint) != (gallery.generation, gallery.fingerprint):
            tally.faults.append("the gallery from the snapshot holds something else")
        if sorted(one.subjects()) != sorted(gallery.subjects()):
            tally.faults.append("the gallery from the snapshot names others")


def _compare_answers(
    gallery: Gallery, wanted: tuple[Gallery, Gallery], person: Person, crowd: Crowd, tally: Tally
) -> None:
    tally.probes += 1
    probe = Probe(templates=shown(person.number, 3, person.label).templates)
    found, anew, exhaustive = (one.search(probe, largest_fmr=MATE_FMR) for one in (gallery, *wanted))
    if found != anew:
        tally.faults.append(f"{person.label}: the gallery from the snapshot answers otherwise than one built anew")
    here = person.found_as()
    named = {one.subject_id for one in exhaustive.candidates}
    twins = {one for one in named if crowd.twins.get(one) == person.label}
    if named - twins != ({here} if here else set()):
        tally.faults.append(f"{person.label}: an exhaustive search finds {named}, not {here}")
    if {one.subject_id for one in found.candidates} != named:
        tally.faults.append(f"{person.label}: a search by vectors finds others than an exhaustive one")


def _retire_some(registry: Registry, crowd: Crowd, chance: random.Random) -> None:
    """Retire a few for ever while no engine runs: the next snapshot must not bring them back."""
    here = [one for one in crowd.people if one.standing is Standing.HERE and not one.holds]
    for person in chance.sample(here, min(2, len(here))):
        with registry.writing() as writer:
            writer.retire_encounter(person.encounter_id)
        crowd.acknowledged()
        person.retired = True
        person.end(Standing.OUT)

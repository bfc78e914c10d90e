"""What is done to a registry while something fails: every kind of change, each repeatable until it is done."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

from biometrics.cases import CaseOutcome, CaseStatus
from biometrics.records import EncounterStatus
from biometrics.samples import now_utc
from enrollment import extraction
from enrollment.extraction import ExtractionOffice
from registry.backup.manifest import FILE_NAME
from registry.migration import migrate
from registry.replacement import Replaceable
from registry.store import Registry
from registry.transfer import exporting, importing
from registry.transfer.exporting import ExportOrder, export_people
from registry.transfer.importing import import_people
from registry.transfer.manifest import MANIFEST
from registry.transfer.source import open_source
from tests.databases import empty_database
from tests.enrollment.fakes import BLANK, fake_extractors, picture
from tests.registry.adjudication import ADA, BEN, decide, pending_case
from tests.registry.older import keep_plain
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.statements import OPERATOR, simulated_number, stated
from tests.registry.test_replacement import TARGET, made
from tests.registry.transfer.populated import AUDITOR, order, populate
from tests.registry.transfer.without_templates import without_templates

VERSION_1 = Path(__file__).resolve().parents[1] / "golden" / "registry_v1.sql"
FIRST, SECOND, DOUBTFUL, NEW = "first", "second", "doubtful", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A change: what must be there before, and how it is made; made again, it goes on or finds nothing left to do."""

    prepare: Callable[[Path], None]
    act: Callable[[Path], None]
    mended_by_opening: bool = False


def some_people(home: Path) -> None:
    """Two persons, and one whose encounter waits for a decision."""
    with Registry.open(home) as registry:
        first = enroll(registry, FIRST)
        enroll(registry, SECOND, seed=1)
        pending_case(registry, DOUBTFUL, first.subject_id)


def _enroll(home: Path) -> None:
    with Registry.open(home) as registry:
        if registry.subject_by_label(NEW) is None:
            digests = tuple(registry.keep_sample(f"{kind} of {NEW}".encode()) for kind in ("print", "face"))
            with registry.writing(OPERATOR) as writer:
                encounter = add_person(writer, new_subject(NEW), digests, seed=3)
                writer.append_event("enrolled", encounter.subject_id, {"outcome": "unique"})


def _state(home: Path) -> None:
    with Registry.open(home) as registry:
        person = _id(registry, FIRST)
        with registry.reading() as record:
            version, numbers = record.people.current(person), record.people.numbers(person)
        if version is None:
            with registry.writing(OPERATOR) as writer:
                writer.people.record(person, stated())
        if not numbers:
            with registry.writing(OPERATOR) as writer:
                writer.people.give_number(person, simulated_number(), reason="stated")


def _merge_and_part(home: Path) -> None:
    with Registry.open(home) as registry:
        source, target = _id(registry, FIRST), _id(registry, SECOND)
        with registry.reading() as record:
            merged = record.merges.about(source)
        if not merged:
            with registry.writing(ADA) as writer:
                writer.merges.merge(source, target, reason="one person")
        with registry.reading() as record:
            (one,) = record.merges.about(source)
        if one.undone_at is None:
            with registry.writing(BEN) as writer:
                writer.merges.unmerge(one.merge_id, reason="twins")


def _decide(home: Path) -> None:
    with Registry.open(home) as registry:
        for case in registry.cases():
            if case.status is not CaseStatus.CLOSED:
                candidate = case.candidates[0].subject_id
                decide(registry, ADA, case.case_id, CaseOutcome.DIFFERENT_PERSONS, candidate)


def _retire_and_purge(home: Path) -> None:
    with Registry.open(home) as registry:
        person = _known(registry, SECOND)
        for encounter in registry.encounters(person) if person else ():
            if encounter.status is not EncounterStatus.RETIRED:
                with registry.writing(OPERATOR) as writer:
                    writer.retire_encounter(encounter.encounter_id)
        later = now_utc() + timedelta(seconds=1)
        with registry.writing(OPERATOR) as writer:
            writer.purge(retired_before=later, reason="rule 7", most=9)
        registry.upkeep.sweep(older_than_s=-1)


def _replace(home: Path) -> None:
    with Registry.open(home) as registry:
        with registry.writing() as writer:
            left: tuple[Replaceable, ...] = writer.unreplaced(TARGET)
            if left:
                writer.stage(TARGET, [made(old) for old in left])
        if registry.staged() is not None:
            with registry.writing() as writer:
                writer.replace_references(TARGET)


def _lines(home: Path) -> None:
    some_people(home)
    lines = [
        f'{{"label": "import-{n}", "simulated": true, "record": {{"names": [{{"family": "Xhɛqŋ"}}]}}}}'
        for n in range(9)
    ]
    (home.parent / "persons.jsonl").write_text("\n".join(lines) + "\n")


def _import(home: Path) -> None:
    importing.PERSONS_AT_ONCE = 4
    with Registry.open(home) as registry:
        import_people(registry, home.parent / "persons.jsonl", order(home))


def _pictures(home: Path) -> None:
    with Registry.open(home) as registry:
        path = without_templates(home, range(3), _finger)
        import_people(registry, path, order(home))
    shutil.rmtree(path.parent)


def _finger(number: int) -> bytes:
    return picture(number or BLANK)


def _extract(home: Path) -> None:
    extraction.ENCOUNTERS_AT_ONCE = 2
    with Registry.open(home) as registry:
        ExtractionOffice(registry=registry, extractors=fake_extractors(), threads=2).run()


def _back_up_and_restore(home: Path) -> None:
    folder = home.parent / "backup"
    with Registry.open(home) as registry:
        if not (folder / FILE_NAME).exists():
            registry.upkeep.note_backup(OPERATOR)
            registry.upkeep.write_backup(folder)
        registry.upkeep.restore(folder, OPERATOR)


def _consult(home: Path) -> None:
    with Registry.open(home) as registry:
        person = _id(registry, FIRST)
        registry.consult(OPERATOR, "person.read", [person], lambda record: record.people.file(person))


def _nothing(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)


def _create(home: Path) -> None:
    Registry.open(home, database=empty_database(home)).close()


def _populated(home: Path) -> None:
    with Registry.open(home) as registry:
        populate(registry)


def _export(home: Path) -> None:
    exporting.MOST_NAMED = 2  # type: ignore[attr-defined]
    folder = home.parent / "exchange"
    with Registry.open(home) as registry:
        if not (folder / MANIFEST).exists():
            export_people(registry, folder, ExportOrder(actor=AUDITOR, cbeff=True))
        total = registry.counts().subjects
    with open_source(folder).lines.open() as lines:
        assert len({json.loads(line)["subject_id"] for line in lines}) == total


def _old(home: Path) -> None:
    for kind, label in product(("print", "face"), (FIRST, SECOND, "third")):
        keep_plain(home, f"{kind} of {label}".encode())
    file = home / "registry" / "registry.db"
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(VERSION_1.read_text())


def _migrate(home: Path) -> None:
    migrate(home, 5.0, actor=ADA)


def _known(registry: Registry, label: str) -> str | None:
    found = registry.subject_by_label(label)
    return None if found is None else found.subject_id


def _id(registry: Registry, label: str) -> str:
    found = _known(registry, label)
    assert found is not None
    return found


SCENARIOS = {
    "create": Scenario(prepare=_nothing, act=_create, mended_by_opening=True),
    "enroll": Scenario(prepare=some_people, act=_enroll),
    "state": Scenario(prepare=some_people, act=_state),
    "merge": Scenario(prepare=some_people, act=_merge_and_part),
    "decide": Scenario(prepare=some_people, act=_decide),
    "purge": Scenario(prepare=some_people, act=_retire_and_purge),
    "replace": Scenario(prepare=some_people, act=_replace),
    "import": Scenario(prepare=_lines, act=_import),
    "extract": Scenario(prepare=_pictures, act=_extract),
    "backup": Scenario(prepare=some_people, act=_back_up_and_restore),
    "export": Scenario(prepare=_populated, act=_export),
    "migrate": Scenario(prepare=_old, act=_migrate),
    "consult": Scenario(prepare=some_people, act=_consult),
}

"""Imports: what is recorded, what is refused line by line, what is known already, and what was interrupted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import ConfigurationError, ManifestError, RecordConflictError, RecordNotFoundError
from biometrics.interchange.cbeff import CbeffRecord
from biometrics.interchange.cbeff_pictures import WrappedPicture, wrap_picture
from biometrics.interchange.cbeff_writing import write_cbeff
from biometrics.positions import Position
from biometrics.protocols import Progress
from biometrics.records import Subject
from enrollment.simulation.lists import people_lines
from enrollment.simulation.plan import PopulationPlan
from registry.store import Registry
from registry.transfer import importing, lines
from registry.transfer.importing import import_people
from registry.transfer.jobs import ImportJob
from tests.registry.people import new_encounter, new_references
from tests.registry.statements import dump
from tests.registry.transfer.populated import order, picture

RECORD = {"names": [{"family": "Xhɛqŋ", "given": "Vljɔ"}], "birth_date": {"value": "1974", "precision": "circa"}}


def person(number: int, **others: Any) -> dict[str, Any]:
    stated = {"scheme": "simulated", "value": f"SIMULATED-{number}"}
    return {"label": f"SIM-{number}", "simulated": True, "record": RECORD, "numbers": [stated], **others}


def write(path: Path, *documents: Any) -> Path:
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(text + b"\n" for text in texts))
    return path


def run(registry: Registry, path: Path, home: Path) -> tuple[ImportJob, list[dict[str, Any]]]:
    job = import_people(registry, path, order(home))
    report = Path(job.report)
    return job, [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []


def test_a_simulated_population_is_imported(registry: Registry, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text("".join(people_lines(PopulationPlan(persons=30))))

    job, refused = run(registry, path, home)

    assert (job.added, job.refused, refused) == (30, 0, [])
    subject = registry.subject_by_label("SIM-00000007")
    assert subject is not None and subject.simulated
    with registry.reading() as record:
        assert record.people.find("SIMULATED-0000-0007") == subject.subject_id
        current = record.people.current(subject.subject_id)
    stated = json.loads(path.read_text().splitlines()[7])
    assert current is not None and current.record.name.family == stated["surname"]
    assert registry.check() == []


def test_a_simulated_person_may_hold_numbers_of_any_scheme(registry: Registry, home: Path, tmp_path: Path) -> None:
    numbers = [{"scheme": "nina", "value": "0" * 14 + "A", "kind": "permanent"}]
    job, refused = run(registry, write(tmp_path / "p.jsonl", person(1, numbers=numbers)), home)
    assert (job.added, refused) == (1, [])


BAD: dict[str, Any] = {
    "no JSON": b'{"label": "SIM-1"',
    "no object": [1, 2],
    "not UTF-8": b'{"label": "\xff"}',
    "half a surrogate": b'{"label": "\\ud800", "simulated": true}',
    "not a number": b'{"label": "SIM-1", "simulated": NaN}',
    "deep": b"[" * 100_000,
    "no label": {"simulated": True},
    "unknown field": person(1, colour="red"),
    "label of another type": {**person(1), "label": 7},
    "impossible date": person(1, record={**RECORD, "birth_date": {"value": "1974-02-30", "precision": "day"}}),
    "precision without value": person(1, record={**RECORD, "birth_date": {"precision": "day"}}),
    "long name": person(1, record={"names": [{"family": "x" * 10_000}]}),
    "unknown gallery": person(1, encounters=[{"galleries": ["martians"], "samples": []}]),
    "no biometrics": person(1, encounters=[{}]),
    "missing sample": person(
        1, encounters=[{"samples": [{"sha256": "0" * 64, "position": "face", "simulated": True}]}]
    ),
    "escaping path": person(1, encounters=[{"cbeff": "../../etc/hostname"}]),
    "bad template": person(1, encounters=[{"references": [{"template": "AAAA"}]}]),
    "bad base64": person(1, encounters=[{"references": [{"template": "A-_="}]}]),
    "version gap": person(1, record=None) | {"versions": [{"version": 2, "record": RECORD}]},
    "status of its own making": person(1, status="merged"),
    "foreign paper": person(1, life_events=[{"event": {"kind": "death", "evidence_id": "nobodys"}}]),
    "foreign encounter": {**person(1), "versions": [{"record": RECORD, "encounter_id": "nobodys"}]},
    "real with a simulated number": person(1, simulated=False),
    "ended without reason": person(1, numbers=[{"scheme": "simulated", "value": "SIM-9", "ended_at": "2026-01-01"}]),
    "merged into itself": person(
        1, subject_id="one", merge={"into_id": "one", "reason": "x", "merged_at": "2026-01-01T00:00:00+00:00"}
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_line_refuses_its_person_only(registry: Registry, home: Path, tmp_path: Path, bad: Any) -> None:
    job, refused = run(registry, write(tmp_path / "p.jsonl", person(5), bad, person(6)), home)

    assert (job.added, job.refused) == (2, 1)
    (told,) = refused
    assert told["line"] == 2
    assert told["message"] and told["kind"].endswith("Error")
    assert "Xh" not in json.dumps(told) and "xxxx" not in json.dumps(told)
    assert registry.subject_by_label("SIM-1") is None
    assert registry.check() == []


def test_lines_too_long_are_refused_and_those_behind_them_read(
    registry: Registry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_LINE_BYTES", 2000)
    long = person(1, record={"names": [{"family": "x" * 90_000}]})

    job, refused = run(registry, write(tmp_path / "p.jsonl", person(5), long, b"", person(6)), home)

    assert (job.added, job.refused) == (2, 1)
    assert [told["line"] for told in refused] == [2]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(registry: Registry, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(person(n)).encode() for n in (1, 2)))

    assert run(registry, path, home)[0].added == 2


CLASHES: dict[str, tuple[Any, ...]] = {
    "label": (person(1), {**person(2), "label": "SIM-1"}),
    "identifier": (person(1, subject_id="one"), person(2, subject_id="one")),
    "number": (person(1), {**person(2), "numbers": person(1)["numbers"]}),
    "receipt": tuple(
        person(n, encounters=[{"context": {"receipt": "SIM-R"}, "references": [], "cbeff": "c.xml"}]) for n in (1, 2)
    ),
    "encounter": tuple(person(n, encounters=[{"encounter_id": "same", "cbeff": "c.xml"}]) for n in (1, 2)),
    "identifier of a number": tuple(
        person(n, numbers=[{"scheme": "simulated", "value": f"SIM-{n}", "identifier_id": "same"}]) for n in (1, 2)
    ),
}


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("pair", CLASHES.values(), ids=CLASHES.keys())
def test_the_first_of_two_who_clash_counts(
    registry: Registry, home: Path, tmp_path: Path, pair: tuple[Any, ...], apart: bool
) -> None:
    tmp_path.joinpath("c.xml").write_bytes(_cbeff())
    first, second = pair
    if apart:
        run(registry, write(tmp_path / "first.jsonl", first), home)
        job, refused = run(registry, write(tmp_path / "second.jsonl", second, person(9)), home)
    else:
        job, refused = run(registry, write(tmp_path / "p.jsonl", first, second, person(9)), home)

    assert (job.added, job.refused) == (1 if apart else 2, 1)
    assert [told["line"] for told in refused] == [1 if apart else 2]
    assert registry.check() == []


def _cbeff() -> bytes:
    finger = WrappedPicture(
        data=picture(1), position=Position.LEFT_RING, width=30, height=40, ppi=500.0, quality=44, simulated=True
    )
    face = WrappedPicture(data=picture(2, None), position=Position.FACE, width=30, height=40, simulated=True)
    others = (
        CbeffRecord(position=Position.LEFT_RING, data=b"FMR\x00 20\x00 minutiae"),
        CbeffRecord(position=Position.LEFT_THUMB, data=b""),
    )
    return b"".join(write_cbeff((wrap_picture(finger), *others, wrap_picture(face))))


def test_samples_come_from_a_cbeff_file_that_others_wrote(registry: Registry, home: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("c.xml").write_bytes(_cbeff())

    job, _ = run(registry, write(tmp_path / "p.jsonl", person(1, encounters=[{"cbeff": "c.xml"}])), home)

    assert job.encounters == 1
    subject = registry.subject_by_label("SIM-1")
    assert subject is not None
    finger, face = registry.encounters(subject.subject_id)[0].samples
    assert (finger.position, finger.ppi, finger.quality.value) == (Position.LEFT_RING, 500.0, 44)
    assert registry.sample_bytes(finger.sha256) == picture(1)
    assert (face.position, registry.sample_bytes(face.sha256)) == (Position.FACE, picture(2, None))


def test_who_was_enrolled_before_is_completed_once(registry: Registry, home: Path, tmp_path: Path) -> None:
    subject = Subject(subject_id="enrolled", label="SIM-1", simulated=True)
    with registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject), new_references(subject))

    job, _ = run(registry, write(tmp_path / "p.jsonl", person(1)), home)
    other, refused = run(
        registry, write(tmp_path / "other.jsonl", person(1, record={"names": [{"family": "Qrɔ"}]})), home
    )

    assert (job.added, job.completed) == (0, 1)
    with registry.reading() as record:
        assert len(record.people.versions("enrolled")) == 1
    assert (other.refused, refused[0]["kind"]) == (1, "RecordConflictError")
    assert registry.check() == []


def test_an_import_done_again_changes_nothing_and_a_renamed_copy_neither(
    registry: Registry, home: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "p.jsonl", person(1), {"label": ""}, person(2))
    job, refused = run(registry, path, home)
    before = dump(registry)

    again = run(registry, path, home)
    copy = run(registry, write(tmp_path / "copy.jsonl", person(1), {"label": ""}, person(2)), home)

    assert again == copy == (job, refused)
    assert dump(registry) == before
    more, _ = run(registry, write(tmp_path / "more.jsonl", person(1), person(3)), home)
    assert (more.skipped, more.added) == (1, 1)


def test_nothing_that_a_line_says_stands_in_report_trail_or_tables(
    registry: Registry, home: Path, tmp_path: Path
) -> None:
    line = json.dumps(person(1)).encode()
    path = write(tmp_path / "p.jsonl", person(1), {**person(1), "label": "SIM-2"}, {**person(3), "sex": "SIM-3"})
    job, refused = run(registry, path, home)
    assert (job.added, [told["line"] for told in refused]) == (1, [2, 3])
    report = Path(job.report)
    said = f"{report.name} {report.read_text()} {dump(registry)}"
    digests = hashlib.sha256(line).hexdigest()[:16], job.sha256[:16]
    assert not [one for one in ("SIM-", "SIMULATED-", "Xhɛqŋ", *digests) if one in said]


class _Stop(Exception):  # noqa: N818 - no error, a power cut
    pass


def _stop_after(batches: int) -> Progress:
    left = [batches]

    def stop(done: int, total: int, what: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise _Stop

    return stop


def test_an_interrupted_import_goes_on_where_it_was(
    registry: Registry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PERSONS_AT_ONCE", 2)
    people = [person(n) if n % 3 else {"label": n} for n in range(20)]
    path = write(tmp_path / "p.jsonl", *people)
    runs = 0
    while True:
        try:
            job = import_people(registry, path, order(home), _stop_after(2))
            break
        except _Stop:
            runs += 1
            with (tmp_path / "reports").joinpath(next((tmp_path / "reports").iterdir()).name).open("ab") as report:
                report.write(b"what a killed run left behind its last commit\n")

    assert runs > 3
    assert (job.added, job.refused, job.line) == (13, 7, 20)
    told = [json.loads(line)["line"] for line in Path(job.report).read_text().splitlines()]
    assert told == [n + 1 for n in range(0, 20, 3)]
    assert len(registry.subjects()) == 13
    assert registry.check() == []


def test_a_changed_file_is_refused(
    registry: Registry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PERSONS_AT_ONCE", 2)
    path = write(tmp_path / "p.jsonl", *map(person, range(8)))
    with pytest.raises(_Stop):
        import_people(registry, path, order(home), _stop_after(2))
    whole = path.read_bytes()
    path.write_bytes(whole + json.dumps(person(9)).encode())
    before = dump(registry)

    with pytest.raises(RecordConflictError, match="interrupted at line 4"):
        import_people(registry, path, order(home))
    assert dump(registry) == before

    def append(done: int, total: int, what: str) -> None:
        path.write_bytes(whole + b"\n")

    path.write_bytes(whole)
    with pytest.raises(RecordConflictError, match="while it was imported"):
        import_people(registry, path, order(home), append)
    path.write_bytes(whole)
    assert import_people(registry, path, order(home)).added == 8


def test_an_import_is_not_gone_on_with_otherwise(
    registry: Registry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PERSONS_AT_ONCE", 1)
    path = write(tmp_path / "p.jsonl", person(1), person(2))
    begun = order(home)
    with pytest.raises(_Stop):
        import_people(registry, path, begun, _stop_after(1))

    others: tuple[dict[str, Any], ...] = ({"gallery": "visa_applicants"}, {"report": tmp_path / "other.jsonl"})
    for other in others:
        with pytest.raises(ConfigurationError):
            import_people(registry, path, importing.ImportOrder(actor=begun.actor, reports=begun.reports, **other))
    with pytest.raises(RecordNotFoundError):
        wrong = importing.ImportOrder(actor=begun.actor, reports=begun.reports, gallery="martians")
        import_people(registry, write(tmp_path / "q.jsonl", person(3)), wrong)


def test_a_folder_that_is_not_complete_is_refused(registry: Registry, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write(folder / "persons.jsonl", person(1))
    for manifest in (None, b"{", b"[]", b'{"format": "kura-exchange", "version": 2}', b'{"format": "kura-exchange"}'):
        if manifest is not None:
            folder.joinpath("manifest.json").write_bytes(manifest)
        with pytest.raises(ManifestError):
            import_people(registry, folder, order(home))
    assert registry.subjects() == ()


def test_the_other_subject_of_a_link_must_be_there(registry: Registry, home: Path, tmp_path: Path) -> None:
    merge = {"into_id": "nobody", "reason": "x", "merged_at": "2026-01-01T00:00:00+00:00"}
    guardian = {"guardian": {"relation": "parent", "subject_id": "nobody"}}

    job, refused = run(
        registry, write(tmp_path / "p.jsonl", person(1, merge=merge), person(2, guardians=[guardian]), person(3)), home
    )

    assert (job.added, job.links, job.refused) == (3, 2, 2)
    assert sorted(told["line"] for told in refused) == [1, 2]
    assert registry.check() == []

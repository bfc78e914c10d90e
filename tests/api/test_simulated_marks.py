"""Simulated persons are called simulated wherever a person, a sample or a candidate is shown."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE
from biometrics.image_writing import encode_png
from biometrics.images import decode_image
from registry.store import Registry
from tests.api.conftest import Run
from tests.enrollment.fakes import BLANK, picture

MARKED = {"s": (1, 0), "s_again": (1, 7)}
PLAIN = {"r": (3, 0), "r_again": (3, 5)}


def write_marked(path: Path, person: int, capture: int) -> Path:
    path.write_bytes(encode_png(decode_image(picture(person, capture)).pixels, 500.0, simulated=True))
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a folder of two simulated persons who are one, and two real ones who are one."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name, (person, capture) in MARKED.items():
        write_marked(folder / f"{name}.png", person, capture)
    for name, (person, capture) in PLAIN.items():
        (folder / f"{name}.png").write_bytes(picture(person, capture))
    return folder


def test_enroll_says_who_is_simulated(kura: Run, mixed: Path, home: Path) -> None:
    code, out, _ = kura("enroll", mixed, "--modality", "finger")
    assert code == DONE
    lines = out.splitlines()
    assert "s (simulated): unique" in lines
    assert any(line.startswith("s_again (simulated): duplicate of s (simulated), case ") for line in lines)
    assert "r: unique" in lines
    assert any(line.startswith("r_again: duplicate of r, case ") for line in lines)
    assert lines[-1] == "2 of 4 simulated: they are nobody"
    document = json.loads(kura("enroll", mixed, "--modality", "finger", "--json")[1])
    assert {one["person"]: one["simulated"] for one in document["results"]} == {
        **dict.fromkeys(MARKED, True),
        **dict.fromkeys(PLAIN, False),
    }
    assert {one["duplicate_of"]: one["duplicate_of_simulated"] for one in document["results"] if "case_id" in one} == {
        "s": True,
        "r": False,
    }
    assert document["summary"]["simulated"] == 2
    with Registry.open(home) as registry:
        counts = registry.counts()
        assert (counts.subjects, counts.simulated_subjects) == (4, 2)
        flags = {
            sample.simulated
            for subject in registry.subjects()
            if subject.label == "s"
            for encounter in registry.encounters(subject.subject_id)
            for sample in encounter.samples
        }
        assert flags == {True}


def test_who_could_not_be_enrolled_is_simulated_as_the_manifest_says(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "blank.png").write_bytes(picture(BLANK))
    (tmp_path / "people.csv").write_text("person,modality,path,simulated\nP,finger,blank.png,yes\n")
    code, out, _ = kura("enroll", tmp_path / "people.csv")
    assert code == BAD_INPUT
    assert out.startswith("P (simulated): not enrolled")


def test_who_could_not_be_enrolled_is_simulated_as_the_file_says(kura: Run, tmp_path: Path, home: Path) -> None:
    blank = decode_image(picture(BLANK)).pixels
    (tmp_path / "blank.png").write_bytes(encode_png(blank, 500.0, simulated=True))
    code, out, _ = kura("enroll", tmp_path / "blank.png", "--modality", "finger")
    assert code == BAD_INPUT
    assert out.startswith("blank (simulated): not enrolled")
    with Registry.open(home) as registry:
        (event,) = [one for one in registry.events() if one.action == "not_enrolled"]
    assert event.details["simulated"] is True


def test_a_line_cannot_make_a_recorded_simulated_sample_real(kura: Run, mixed: Path, tmp_path: Path) -> None:
    manifest = mixed / "people.csv"
    manifest.write_text("person,modality,path,simulated\nP,finger,r.png,yes\n")
    assert kura("enroll", manifest)[1].startswith("P (simulated): unique")
    assert "(simulated)" in kura("enroll", manifest)[1].splitlines()[0]
    manifest.write_text("person,modality,path,simulated\nP,finger,r.png,no\n")
    code, out, _ = kura("enroll", manifest)
    assert code == BAD_INPUT
    assert "otherwise simulated or not" in out


def test_simulated_and_real_samples_of_one_person_are_refused(kura: Run, mixed: Path, home: Path) -> None:
    (mixed / "people.csv").write_text(
        "person,modality,position,path,simulated\n"
        "P,finger,1,s.png,\nP,finger,2,r.png,\n"
        "Q,finger,1,s_again.png,no\n"
        "R,finger,1,r_again.png,\n"
    )
    code, out, _ = kura("enroll", mixed / "people.csv", "--json")
    assert code == BAD_INPUT
    messages = {one["person"]: one.get("error", {}).get("message", "") for one in json.loads(out)["results"]}
    assert "simulated, but another of the same person is not" in messages["P"]
    assert "marked as simulated" in messages["Q"]
    assert messages["R"] == ""
    with Registry.open(home) as registry:
        assert [subject.label for subject in registry.subjects()] == ["R"]


def test_identify_says_it_of_the_probe_and_of_every_candidate(kura: Run, mixed: Path, tmp_path: Path) -> None:
    kura("enroll", mixed, "--modality", "finger")
    probe = write_marked(tmp_path / "probe.png", 1, 9)
    answer = json.loads(kura("identify", probe, "--json")[1])
    assert answer["probe_simulated"]
    assert {one["person"]: one["simulated"] for one in answer["candidates"]} == {"s": True, "s_again": True}
    out = kura("identify", probe)[1]
    assert "the samples are simulated" in out
    assert "s (simulated)  false match rate" in out
    (tmp_path / "real.png").write_bytes(picture(3, 9))
    answer = json.loads(kura("identify", tmp_path / "real.png", "--json")[1])
    assert not answer["probe_simulated"]
    assert {one["simulated"] for one in answer["candidates"]} == {False}
    assert "simulated" not in kura("identify", tmp_path / "real.png")[1]


def test_verify_says_which_side_is_simulated(kura: Run, mixed: Path, tmp_path: Path) -> None:
    kura("enroll", mixed, "--modality", "finger")
    (tmp_path / "unmarked.png").write_bytes(picture(1, 9))
    code, out, _ = kura("verify", tmp_path / "unmarked.png", "--person", "s")
    assert code == DONE
    assert out.startswith("simulated: what they are compared with\nmatch")
    answer = json.loads(kura("verify", mixed / "s.png", mixed / "r.png", "--json")[1])
    assert (answer["probe_simulated"], answer["reference_simulated"]) == (True, False)
    assert "simulated" not in kura("verify", mixed / "r.png", mixed / "r_again.png")[1]


def test_inspect_says_it_and_its_picture_carries_the_mark_on(kura: Run, mixed: Path, tmp_path: Path) -> None:
    words = ("--modality", "finger", "--out", tmp_path / "out")
    assert "simulated: shows nobody" in kura("inspect", mixed / "s.png", *words)[1]
    for name, simulated in (("s", True), ("r", False)):
        (document,) = json.loads(kura("inspect", mixed / f"{name}.png", *words, "--json")[1])
        assert document["simulated"] is simulated
        assert decode_image(Path(document["picture"]).read_bytes()).simulated is simulated


def test_dedup_says_it_of_both_sides_and_in_the_title(kura: Run, mixed: Path, tmp_path: Path) -> None:
    kura("enroll", mixed, "--modality", "finger")
    page = tmp_path / "page.html"
    document = json.loads(kura("dedup", "run", "--page", page, "--json")[1])
    assert document["simulated_subjects"] == 2
    told = {one["a"]: (one["a_simulated"], one["b_simulated"]) for one in document["pairs"]}
    assert told == {"s": (True, True), "r": (False, False)}
    text = page.read_text()
    assert "<title>Kura: possible duplicates</title>" in text
    assert "The page shows people" in text
    assert text.count('<span class="badge simulated">simulated</span>') == 2
    assert "2 of the persons recorded are simulated" in kura("dedup", "run")[1]


def test_what_is_saved_from_a_page_is_still_marked(kura: Run, mixed: Path, tmp_path: Path) -> None:
    kura("enroll", mixed, "--modality", "finger")
    page = tmp_path / "page.html"
    kura("dedup", "run", "--page", page)
    articles = {("s_again" in text): text for text in page.read_text().split("<article")[1:]}
    for simulated, article in articles.items():
        pictures = re.findall(r"data:image/jpeg;base64,([^\"]+)", article)
        assert len(pictures) == 3  # a sample of each, and the two with what corresponds
        assert {decode_image(base64.b64decode(one)).simulated for one in pictures} == {simulated}


def test_a_page_of_simulated_persons_only_is_titled_so(kura: Run, mixed: Path, tmp_path: Path) -> None:
    kura("enroll", mixed / "s.png", mixed / "s_again.png", "--modality", "finger")
    page = tmp_path / "page.html"
    kura("dedup", "run", "--page", page)
    text = page.read_text()
    assert "The page shows people" not in text
    assert "<title>Kura: possible duplicates among simulated persons</title>" in text
    assert "Everybody on this page is simulated" in text


def test_the_registry_says_it_of_persons_cases_and_events(kura: Run, mixed: Path) -> None:
    kura("enroll", mixed, "--modality", "finger")
    assert json.loads(kura("registry", "status", "--json")[1])["simulated_subjects"] == 2
    persons = {one["person"]: one["simulated"] for one in json.loads(kura("registry", "persons", "--json")[1])}
    assert persons == {"s": True, "s_again": True, "r": False, "r_again": False}
    assert "s (simulated)  active" in kura("registry", "persons")[1]
    cases = json.loads(kura("case", "list", "--json")[1])
    assert {one["person"]: one["simulated"] for one in cases} == {"s_again": True, "r_again": False}
    assert {one["candidates"][0]["simulated"] for one in cases if one["simulated"]} == {True}
    assert "s_again (simulated) against s (simulated)" in kura("case", "list")[1]
    events = json.loads(kura("registry", "events", "--json")[1])
    added = [one for one in events if "simulated" in one["details"]]
    assert [one["details"]["simulated"] for one in added] == [one["simulated"] for one in added]
    assert sum(one["simulated"] for one in added) == 2
    shown = kura("registry", "events")[1].splitlines()
    # The second list ends with the event that the first one left.
    assert [line.endswith("(simulated)") for line in shown] == [*(one["simulated"] for one in events), False]
    assert kura("registry", "check")[0] == DONE

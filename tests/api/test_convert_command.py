"""`kura convert` between every pair of formats, and `inspect`, `verify` and `enroll` on what it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api import wiring
from api.command_line import BAD_INPUT, DONE, MISUSE, NEGATIVE
from api.verbs import inspect
from biometrics.image_writing import encode_png
from biometrics.images import decode_image, read_image
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.interchange.minutiae_record import MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.interchange.wsq import encode_wsq
from biometrics.positions import Position
from tests.api.conftest import Run, enrolled
from tests.biometrics.interchange.samples import iso_2005
from tests.enrollment.fakes import BLANK, picture


@pytest.fixture
def print_file(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(picture(1))
    return path


def converted(kura: Run, *words: object) -> dict[str, Any]:
    code, out, err = kura("convert", *words, "--json")
    assert code == DONE, err
    document: dict[str, Any] = json.loads(out)
    return document


@pytest.mark.parametrize("suffix", ["png", "jp2", "wsq", "fir"])
def test_pictures_become_other_pictures(kura: Run, print_file: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"b.{suffix}"
    document = converted(kura, print_file, target)
    assert document["fingers"] == [{"position": "unknown", "width": 200, "height": 200, "ppi": 500.0}]
    image = read_image(target)
    assert image.ppi == 500.0
    if suffix != "wsq":
        assert np.array_equal(image.pixels, read_image(print_file).pixels)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("standard", FingerImageStandard)
@pytest.mark.parametrize("compression", ["png", "wsq", "jp2", "jp2-lossy", "jpeg", "raw"])
def test_pictures_become_image_records(
    kura: Run, print_file: Path, tmp_path: Path, standard: FingerImageStandard, compression: str
) -> None:
    target = tmp_path / "b.bin"
    converted(
        kura, print_file, target, "--format", standard.value, "--compression", compression, "--position", "left_ring"
    )
    record = read_finger_image_record(target.read_bytes())
    assert (record.standard, record.images[0].position) == (standard, Position.LEFT_RING)
    assert decode_image(target.read_bytes()).pixels.shape == (200, 200)


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_pictures_become_templates(kura: Run, print_file: Path, tmp_path: Path, standard: MinutiaeStandard) -> None:
    target = tmp_path / "b.bin"
    document = converted(kura, print_file, target, "--format", standard.value, "--position", 2)
    (finger,) = document["fingers"]
    assert (finger["minutiae"], finger["position"], finger["quality"]) == (40, "right_index", 50)
    record = read_minutiae_record(target.read_bytes())
    assert (record.standard, len(record.views[0].minutiae), record.notes) == (standard, 40, ())


@pytest.mark.parametrize(
    ("suffix", "standard"),
    [
        ("iso", MinutiaeStandard.ISO_2005),
        ("FMR", MinutiaeStandard.ISO_2005),
        ("ansi", MinutiaeStandard.ANSI_2004),
    ],
)
def test_the_name_tells_the_format(
    kura: Run, print_file: Path, tmp_path: Path, suffix: str, standard: MinutiaeStandard
) -> None:
    converted(kura, print_file, tmp_path / f"b.{suffix}")
    assert read_minutiae_record((tmp_path / f"b.{suffix}").read_bytes()).standard is standard


def test_records_become_other_records_without_an_extractor(
    kura: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> None:
        pytest.fail("a record needs no extractor")

    monkeypatch.setattr(wiring, "load_extractors", absent)
    source, target = tmp_path / "a.iso", tmp_path / "b.ansi"
    source.write_bytes(iso_2005(tail=b"rest", head=b"\x00\x00\x50"))
    code, out, _ = kura("convert", source, target, "--position", "right_thumb")
    assert code == DONE
    assert "right thumb, live plain, 1 minutiae, 120 x 160 pixels, quality 80" in out
    assert "4 bytes behind the last finger are ignored" in out
    record = read_minutiae_record(target.read_bytes())
    assert (record.standard, record.views[0].position) == (MinutiaeStandard.ANSI_2004, Position.RIGHT_THUMB)
    assert converted(kura, target, tmp_path / "c.iso", "--position", "left_ring")["fingers"][0]["position"] == (
        "right_thumb"
    )


def several(tmp_path: Path) -> Path:
    """Write a record of two pictures: of persons 1 and 2."""
    one = FingerImage(
        position=Position.LEFT_INDEX, width=200, height=200, compression=Compression.PNG, data=picture(1), ppi=500.0
    )
    other = replace(one, position=Position.LEFT_RING, data=picture(2))
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(one, other))
    path = tmp_path / "two.fir"
    path.write_bytes(write_finger_image_record(record))
    return path


def test_records_of_several_fingers(kura: Run, tmp_path: Path) -> None:
    source = several(tmp_path)
    document = converted(kura, source, tmp_path / "both.iso")
    assert [finger["position"] for finger in document["fingers"]] == ["left_index", "left_ring"]
    code, _, err = kura("convert", source, tmp_path / "one.png")
    assert (code, "holds 2 pictures" in err, "--view" in err) == (BAD_INPUT, True, True)
    assert not (tmp_path / "one.png").exists()
    converted(kura, source, tmp_path / "one.png", "--view", 2)
    assert (tmp_path / "one.png").read_bytes() == encode_png(decode_image(picture(2)).pixels, 500.0)
    converted(kura, tmp_path / "both.iso", tmp_path / "second.iso", "--view", 2)
    (view,) = read_minutiae_record((tmp_path / "second.iso").read_bytes()).views
    assert view.position is Position.LEFT_RING
    code, _, err = kura("convert", source, tmp_path / "none.png", "--view", 3)
    assert (code, "there is no finger 3" in err) == (BAD_INPUT, True)


def test_wsq_passes_unchanged(kura: Run, tmp_path: Path) -> None:
    data = encode_wsq(decode_image(picture(1)).pixels, 500)
    (tmp_path / "a.wsq").write_bytes(data)
    converted(kura, tmp_path / "a.wsq", tmp_path / "b.fir", "--compression", "wsq")
    converted(kura, tmp_path / "b.fir", tmp_path / "c.wsq")
    assert (tmp_path / "c.wsq").read_bytes() == data


def test_a_wsq_picture_without_the_mark_of_its_record_is_written_with_it(kura: Run, tmp_path: Path) -> None:
    plain = FingerImage(
        position=Position.UNKNOWN,
        width=200,
        height=200,
        compression=Compression.WSQ,
        data=encode_wsq(decode_image(picture(1)).pixels, 500),
        ppi=500.0,
    )
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(plain,), simulated=True)
    (tmp_path / "a.fir").write_bytes(write_finger_image_record(record))
    converted(kura, tmp_path / "a.fir", tmp_path / "b.wsq")
    written = read_image(tmp_path / "b.wsq")
    assert written.simulated
    assert written.ppi == 500.0
    assert written.pixels.tolist() == decode_image(plain.data).pixels.tolist()


def test_a_file_name_does_not_steer_the_terminal(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(1))
    code, text, _ = kura("convert", tmp_path / "a.png", tmp_path / "b\x1b[2J.wsq")
    assert (code, "b\\x1b[2J.wsq: wsq" in text, "\x1b" in text) == (DONE, True, False)


@pytest.mark.parametrize("said", [None, 300])
def test_a_wsq_picture_is_written_with_the_resolution_that_was_given(
    kura: Run, tmp_path: Path, said: int | None
) -> None:
    data = encode_wsq(decode_image(picture(1)).pixels, said)
    (tmp_path / "a.wsq").write_bytes(data)
    converted(kura, tmp_path / "a.wsq", tmp_path / "b.wsq", "--ppi", 500)
    assert read_image(tmp_path / "b.wsq").ppi == 500.0
    assert read_image(tmp_path / "b.wsq").pixels.tolist() == decode_image(data).pixels.tolist()
    converted(kura, tmp_path / "b.wsq", tmp_path / "b.fir", "--compression", "wsq", "--ppi", 501)
    converted(kura, tmp_path / "b.fir", tmp_path / "c.wsq")
    assert read_image(tmp_path / "c.wsq").ppi == 501.0


@pytest.mark.parametrize("target", ["b.png", "b.jp2", "b.wsq", "b.fir", "b.iso", "b.ansi"])
def test_the_mark_of_simulated_prints_is_never_lost(kura: Run, tmp_path: Path, target: str) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(encode_png(decode_image(picture(1)).pixels, 500.0, simulated=True))
    assert converted(kura, source, tmp_path / target)["simulated"]
    again = tmp_path / ("c.iso" if target.endswith(("iso", "ansi")) else "c.wsq")
    assert converted(kura, tmp_path / target, again)["simulated"]
    assert ", simulated" in kura("convert", tmp_path / target, again)[1]
    assert b"Kura-Simulated" in again.read_bytes()


@pytest.mark.parametrize(
    ("data", "words", "refusal"),
    [
        (picture(1), ("b.xyz",), (MISUSE, "--format")),
        (picture(1), ("b.png", "--compression", "wsq"), (MISUSE, "inside image records")),
        (picture(1), ("b.iso", "--position", "face"), (MISUSE, "fingers, not faces")),
        (picture(1), ("b.iso", "--position", "toe"), (MISUSE, "unknown position")),
        (picture(1), ("b.iso", "--ppi", "5"), (BAD_INPUT, "not a fingerprint scanner's resolution")),
        (picture(1), ("b.png", "--ppi", "nan"), (BAD_INPUT, "not a fingerprint scanner's resolution")),
        (picture(1), ("b.jp2", "--ppi", "-5"), (BAD_INPUT, "not a fingerprint scanner's resolution")),
        (picture(1), ("b.fir", "--ppi", "1e9"), (BAD_INPUT, "not a fingerprint scanner's resolution")),
        (encode_png(np.zeros((40, 40), dtype=np.uint8), 1e6), ("b.wsq",), (BAD_INPUT, "100 to 2000, with --ppi")),
        (picture(BLANK), ("b.iso",), (BAD_INPUT, "no template comes of the picture")),
        (picture(1, color=True), ("b.wsq",), (BAD_INPUT, "in colour")),
        (encode_png(np.zeros((40, 40), dtype=np.uint8)), ("b.fir",), (BAD_INPUT, "must say its resolution")),
        (encode_png(np.zeros((9, 9), dtype=np.uint8)), ("b.wsq",), (BAD_INPUT, "WSQ cannot hold")),
        (iso_2005(), ("b.png",), (BAD_INPUT, "holds no picture")),
        (iso_2005(), ("b.fir",), (BAD_INPUT, "holds no picture")),
        (iso_2005(count=9), ("b.ansi",), (BAD_INPUT, "ends within the minutiae")),
        (b"FIR\x00", ("b.png",), (BAD_INPUT, "ends within its version")),
        (b"text", ("b.png",), (BAD_INPUT, "not an image")),
    ],
)
def test_what_cannot_be_converted_is_refused(
    kura: Run, tmp_path: Path, data: bytes, words: tuple[str, ...], refusal: tuple[int, str]
) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    target = tmp_path / words[0]
    found, _, err = kura("convert", tmp_path / "a.bin", target, *words[1:])
    code, message = refusal
    assert (found, message in err) == (code, True)
    assert not target.exists()
    assert code == MISUSE or "a.bin" in err


def test_a_target_that_cannot_be_written_is_refused(kura: Run, print_file: Path, tmp_path: Path) -> None:
    code, _, err = kura("convert", print_file, tmp_path, "--format", "png")
    assert (code, "cannot be written" in err) == (BAD_INPUT, True)


def test_no_file_is_written_over_itself(kura: Run, print_file: Path, tmp_path: Path) -> None:
    before = print_file.read_bytes()
    (tmp_path / "link.wsq").hardlink_to(print_file)
    for target in (print_file, tmp_path / "link.wsq"):
        code, _, err = kura("convert", print_file, target)
        assert (code, "name another TARGET" in err) == (MISUSE, True)
    assert print_file.read_bytes() == before


def test_a_grey_picture_stored_in_colour_is_grey(kura: Run, tmp_path: Path) -> None:
    gray = decode_image(picture(1)).pixels
    (tmp_path / "a.png").write_bytes(encode_png(np.stack([gray] * 3, axis=2), 500.0))
    converted(kura, tmp_path / "a.png", tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png").pixels, gray)


def test_inspect_shows_what_minutiae_records_hold(kura: Run, print_file: Path, tmp_path: Path) -> None:
    converted(kura, print_file, tmp_path / "b.iso", "--position", "left_ring")
    code, out, _ = kura("inspect", tmp_path / "b.iso", "--out", tmp_path / "out")
    assert code == DONE
    assert "iso-19794-2-2005 with 1 finger" in out
    assert "left ring, live plain, 40 minutiae, 300 x 300 pixels, quality 50" in out
    assert read_image(tmp_path / "out" / "b.finger.png").pixels.shape == (600, 600, 3)
    (document,) = json.loads(kura("inspect", tmp_path / "b.iso", "--no-pictures", "--json")[1])
    assert (document["usable"], document["record"], document["pictures"]) == (True, "iso-19794-2-2005", [])
    assert document["fingers"][0]["minutiae"] == 40


def test_inspect_gives_every_picture_a_name_of_its_own(kura: Run, print_file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(picture(2))
    converted(kura, print_file, tmp_path / "a.iso")
    files = (print_file, tmp_path / "other" / "a.png", tmp_path / "a.iso")
    code, out, _ = kura("inspect", *files, "--out", tmp_path / "out", "--modality", "finger", "--json")
    pictures = [Path(picture) for one in json.loads(out) for picture in one.get("pictures", [one.get("picture")])]
    assert (code, [path.name for path in pictures]) == (DONE, ["a.finger.png", "a.2.finger.png", "a.3.finger.png"])
    assert len({path.read_bytes() for path in pictures}) == 3


def test_inspect_draws_no_print_larger_than_a_hand(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a.iso").write_bytes(iso_2005(scan=(60_000, 60_000, 197, 197)))
    code, out, _ = kura("inspect", tmp_path / "a.iso", "--out", tmp_path / "out")
    assert (code, "finger 1 is too large to be drawn" in out) == (DONE, True)
    assert not (tmp_path / "out").exists()


def test_inspect_shows_what_image_records_hold(kura: Run, print_file: Path, tmp_path: Path) -> None:
    code, out, _ = kura("inspect", several(tmp_path), "--out", tmp_path / "out")
    assert code == DONE
    assert "iso-19794-4-2011 with 2 fingers" in out
    assert "left ring, png, 200 x 200 pixels at 500 ppi" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["two.finger1.png", "two.finger2.png"]
    converted(kura, print_file, tmp_path / "one.fir", "--position", "left_ring")
    code, out, _ = kura("inspect", tmp_path / "one.fir", "--no-pictures")
    assert code == DONE
    assert "iso-19794-4-2011 with 1 finger" in out
    assert "40 minutiae, model fake-finger/1" in out


def test_inspect_says_of_simulated_records_that_they_show_nobody(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(decode_image(picture(1)).pixels, 500.0, simulated=True))
    converted(kura, tmp_path / "a.png", tmp_path / "b.iso")
    out = kura("inspect", tmp_path / "b.iso", "--out", tmp_path / "out")[1]
    assert "simulated: shows nobody" in out
    assert read_image(tmp_path / "out" / "b.finger.png").simulated


def test_inspect_refuses_damaged_records_by_name(kura: Run, tmp_path: Path) -> None:
    (tmp_path / "a.iso").write_bytes(iso_2005(count=9))
    code, out, _ = kura("inspect", tmp_path / "a.iso")
    assert (code, "not usable" in out, "ends within the minutiae" in out) == (BAD_INPUT, True, True)
    (tmp_path / "b.fir").write_bytes(b"FIR\x00020\x00")
    assert "ends within its length: 4 bytes at byte 8 of 8 (copy it" in kura("inspect", tmp_path / "b.fir")[1]


def test_inspect_names_no_remedy_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    error = {"message": "the model failed", "remedy": None}
    inspect._print({"image": "a.png", "usable": False, "error": error}, "en")
    assert capsys.readouterr().out == "a.png: not usable\n  the model failed\n"


def records(kura: Run, tmp_path: Path, people: Path) -> dict[str, Path]:
    found = {}
    for name in ("a", "a_again", "b"):
        found[name] = tmp_path / f"{name}.iso"
        converted(kura, people / f"{name}.png", found[name], "--position", "left_ring")
    return found


def test_verify_compares_records_and_says_that_it_is_no_calibrated_answer(
    kura: Run, people: Path, tmp_path: Path, home: Path
) -> None:
    files = records(kura, tmp_path, people)
    code, out, _ = kura("verify", files["a"], files["a_again"])
    assert (code, out.startswith("match")) == (DONE, True)
    assert "a guess" in out
    code, out, _ = kura("verify", files["a"], files["b"], "--json")
    answer = json.loads(out)
    assert (code, answer["match"], answer["calibrated"]) == (NEGATIVE, False, False)
    assert set(answer["scores"]) == {"left_ring"}
    assert not home.exists()


def test_verify_compares_a_record_with_an_image(kura: Run, people: Path, tmp_path: Path) -> None:
    files = records(kura, tmp_path, people)
    assert kura("verify", files["a"], people / "a_again.png")[0] == DONE
    assert kura("verify", people / "b.png", files["a"])[0] == NEGATIVE
    answer = json.loads(kura("verify", people / "a.png", people / "a_again.png", "--json")[1])
    assert (answer["match"], answer["calibrated"]) == (True, True)


def test_verify_of_records_that_cannot_be_judged(kura: Run, people: Path, tmp_path: Path) -> None:
    files = records(kura, tmp_path, people)
    (tmp_path / "blank.png").write_bytes(picture(BLANK))
    code, out, _ = kura("verify", files["a"], tmp_path / "blank.png", "--modality", "finger")
    assert (code, "not compared" in out) == (BAD_INPUT, True)
    (tmp_path / "face.png").write_bytes(picture(1, color=True))
    code, out, _ = kura("verify", files["a"], tmp_path / "face.png")
    assert (code, "share no finger or face" in out) == (NEGATIVE, True)
    converted(kura, people / "a.png", tmp_path / "other.iso", "--position", "left_index")
    code, out, _ = kura("verify", files["a"], tmp_path / "other.iso")
    assert (code, "share no finger or face" in out) == (NEGATIVE, True)
    (tmp_path / "bad.iso").write_bytes(files["a"].read_bytes()[:40])
    code, _, err = kura("verify", files["a"], tmp_path / "bad.iso")
    assert (code, "bad.iso" in err) == (BAD_INPUT, True)
    enrolled(kura, people)
    code, _, err = kura("verify", files["a"], "--person", "a")
    assert (code, "minutiae record, not an image" in err) == (BAD_INPUT, True)


def test_verify_says_which_record_is_simulated(kura: Run, people: Path, tmp_path: Path) -> None:
    files = records(kura, tmp_path, people)
    record = read_minutiae_record(files["a"].read_bytes())
    marked = MinutiaeRecord(standard=record.standard, views=record.views, simulated=True)
    (tmp_path / "marked.iso").write_bytes(write_minutiae_record(marked))
    answer = json.loads(kura("verify", tmp_path / "marked.iso", files["a"], "--json")[1])
    assert (answer["probe_simulated"], answer["reference_simulated"]) == (True, False)


def test_records_are_enrolled_and_found_at_their_position(kura: Run, people: Path, tmp_path: Path) -> None:
    converted(kura, people / "a.png", tmp_path / "in" / "P.fir", "--position", "left_ring")
    code, out, _ = kura("enroll", tmp_path / "in", "--json")
    assert (code, json.loads(out)["results"][0]["person"]) == (DONE, "P")
    converted(kura, people / "a_again.png", tmp_path / "probe.fir", "--position", "left_ring")
    answer = json.loads(kura("identify", tmp_path / "probe.fir", "--json")[1])
    assert [candidate["person"] for candidate in answer["candidates"]] == ["P"]
    assert set(answer["candidates"][0]["scores"]) == {"left_ring"}
    answer = json.loads(kura("identify", tmp_path / "probe.fir", "--position", "left_index", "--json")[1])
    assert answer["candidates"] == []  # what was said outranks the file

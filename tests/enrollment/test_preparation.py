"""From files to templates: what is told from the picture, and which error names which file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biometrics.decisions import Reason
from biometrics.errors import ImageFormatError, ManifestError, ProcessingError, ResolutionError, SampleError
from biometrics.image_writing import encode_png, write_png
from biometrics.images import decode_image
from biometrics.positions import Modality, Position
from enrollment.preparation import prepare, prepare_sample
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import BLANK, BROKEN, fake_extractors, picture


def source(path: Path, **known: object) -> SampleSource:
    return SampleSource(path=path, origin=str(path), **known)  # type: ignore[arg-type]


def saved(tmp_path: Path, data: bytes, name: str = "a.png") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_grey_picture_without_a_face_is_a_finger(tmp_path: Path) -> None:
    prepared = prepare_sample(source(saved(tmp_path, picture(1))), fake_extractors())
    assert prepared.sample.modality is Modality.FINGER
    assert prepared.sample.position is Position.UNKNOWN
    assert prepared.sample.ppi == 500.0


def test_a_coloured_picture_is_a_face(tmp_path: Path) -> None:
    prepared = prepare_sample(source(saved(tmp_path, picture(1, color=True))), fake_extractors())
    assert prepared.sample.position is Position.FACE
    assert prepared.sample.ppi is None


def test_what_was_said_outranks_the_picture(tmp_path: Path) -> None:
    known = source(
        saved(tmp_path, picture(1, color=True)), modality=Modality.FINGER, position=Position.LEFT_RING, ppi=569.0
    )
    prepared = prepare_sample(known, fake_extractors())
    assert prepared.sample.position is Position.LEFT_RING
    assert prepared.sample.ppi == 569.0


def test_a_position_tells_the_modality(tmp_path: Path) -> None:
    known = source(saved(tmp_path, picture(1)), position=Position.FACE)
    assert prepare_sample(known, fake_extractors()).sample.modality is Modality.FACE


def test_a_finger_without_resolution_is_refused_by_name(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((200, 200), dtype=np.uint8))
    with pytest.raises(ResolutionError, match="does not say its resolution") as caught:
        prepare_sample(source(tmp_path / "a.png"), fake_extractors())
    assert caught.value.source == str(tmp_path / "a.png")


def test_a_resolution_of_zero_is_refused_and_not_taken_for_none(tmp_path: Path) -> None:
    known = source(saved(tmp_path, picture(1)), modality=Modality.FINGER, ppi=0.0)
    with pytest.raises(ResolutionError, match="0 pixels per inch"):
        prepare_sample(known, fake_extractors())


def test_what_is_kept_for_the_record_does_without_pixels(tmp_path: Path) -> None:
    path = saved(tmp_path, picture(1))
    full = prepare_sample(source(path), fake_extractors())
    kept = full.without_pixels()
    assert kept.image.pixels.size == kept.sample.pixels.size == 1
    assert (kept.image.data, kept.image.sha256) == (path.read_bytes(), full.image.sha256)
    assert kept.extraction is full.extraction
    assert (kept.sample.position, kept.sample.ppi, kept.sample.captured_at) == (
        full.sample.position,
        full.sample.ppi,
        full.sample.captured_at,
    )


def test_the_models_failure_names_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, picture(BROKEN))
    with pytest.raises(ProcessingError) as caught:
        prepare_sample(source(path), fake_extractors())
    assert caught.value.source == str(path)


def test_one_unusable_sample_does_not_lose_the_others(tmp_path: Path) -> None:
    good = source(saved(tmp_path, picture(1), "good.png"))
    poor = source(saved(tmp_path, picture(BLANK), "poor.png"))
    prepared = prepare(Submission(label="P", sources=(good, poor)), fake_extractors())
    assert len(prepared.templates) == 1
    assert prepared.reasons == (Reason.BLANK_PRINT,)


def test_one_unreadable_file_refuses_the_person(tmp_path: Path) -> None:
    good = source(saved(tmp_path, picture(1), "good.png"))
    bad = source(saved(tmp_path, b"not an image", "bad.png"))
    with pytest.raises(ImageFormatError) as caught:
        prepare(Submission(label="P", sources=(good, bad)), fake_extractors())
    assert caught.value.source == str(tmp_path / "bad.png")


def marked(data: bytes) -> bytes:
    return encode_png(decode_image(data).pixels, 500.0, simulated=True)


@pytest.mark.parametrize(("mark", "said"), [(True, None), (True, True), (False, True)])
def test_a_sample_is_simulated_when_its_file_or_its_line_says_so(tmp_path: Path, mark: bool, said: bool | None) -> None:
    path = saved(tmp_path, marked(picture(1)) if mark else picture(1))
    prepared = prepare(Submission(label="P", sources=(source(path, simulated=said),)), fake_extractors())
    assert prepared.simulated
    assert prepared.samples[0].sample.simulated
    assert prepared.samples[0].sample.device == "file"


@pytest.mark.parametrize("said", [None, False])
def test_a_sample_of_which_nobody_says_so_is_not_simulated(tmp_path: Path, said: bool | None) -> None:
    known = source(saved(tmp_path, picture(1)), simulated=said)
    assert not prepare(Submission(label="P", sources=(known,)), fake_extractors()).simulated


def test_a_marked_file_cannot_be_said_to_be_real(tmp_path: Path) -> None:
    path = saved(tmp_path, marked(picture(1)))
    with pytest.raises(ManifestError, match="marked as simulated") as caught:
        prepare_sample(source(path, simulated=False), fake_extractors())
    assert str(path) in str(caught.value)


def test_a_person_is_simulated_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    real = source(saved(tmp_path, picture(1), "real.png"))
    nobody = source(saved(tmp_path, marked(picture(2)), "nobody.png"))
    for pair in ((real, nobody), (nobody, real)):
        with pytest.raises(SampleError, match=r"another of the same person is not: .*real\.png") as caught:
            prepare(Submission(label="P", sources=pair), fake_extractors())
        assert caught.value.source == str(tmp_path / "nobody.png")
    said = source(tmp_path / "real.png", simulated=True)
    assert prepare(Submission(label="P", sources=(said, nobody)), fake_extractors()).simulated

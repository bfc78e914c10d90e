"""Each component reacts to what spoils a portrait, to nothing else, and not to how dark the skin is."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from biometrics.arrays import ColorPixels
from biometrics.decisions import Reason
from biometrics.errors import ProcessingError
from biometrics.extraction import Extraction
from biometrics.images import read_image
from biometrics.quality import ComponentVerdict, Verdict
from models.face.extractor import FaceExtractor
from models.face.quality.exposure import assess_exposure
from models.face.quality.gate import LEAST_RAW_NORM, LOW_VALUE, MOST_YAW_DEG, judge_usefulness, refusal
from models.face.quality.messages import LANGUAGES, advice_text, all_messages
from models.face.quality.pose import PROFILE_YAW_DEG, assess_pose, measure_pose
from models.face.quality.view import INNER_FACE, FaceView
from models.face.subject import PortraitFaces
from tests.models.known_face import as_jpeg, face_sample, gray, portrait, scaled, turned
from tests.models.rigid_head import face_turned_by
from tests.models.spoiled_portraits import SPOILED, Change, before, blurred, relit, tinted, wall
from tests.shared_data import DATA, needs_faces

_TURNS = {
    "face.pose.turned": (40.0, 0.0),
    "face.pose.profile": (65.0, 0.0),
    "face.pose.up": (0.0, 25.0),
    "face.pose.down": (0.0, -25.0),
}
"""Yaw and pitch, degrees."""


def _extract(extractor: FaceExtractor, pixels: ColorPixels) -> Extraction:
    return extractor.extract(face_sample(np.ascontiguousarray(pixels)))


def _verdicts(extraction: Extraction) -> dict[str, ComponentVerdict]:
    return {verdict.component: verdict for verdict in extraction.verdicts}


def _messages(extraction: Extraction) -> set[str]:
    return {verdict.message for verdict in extraction.verdicts if verdict.message is not None}


def _view_of_head(yaw_deg: float, pitch_deg: float, roll_deg: float = 0.0) -> FaceView:
    face = face_turned_by(yaw_deg, pitch_deg, roll_deg)
    pixels = np.full((200, 200, 3), 128, np.uint8)
    return FaceView.of(pixels, PortraitFaces(faces=(face,), rivals=0), np.full((112, 112, 3), 128, np.uint8))


def _exposure_of(levels: np.ndarray) -> ComponentVerdict:
    """The verdict on an aligned face of the given grey levels, seen from the front."""
    face = face_turned_by(0.0, 0.0, 0.0)
    aligned = np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    pixels = np.full((200, 200, 3), 128, np.uint8)
    return assess_exposure(FaceView.of(pixels, PortraitFaces(faces=(face,), rivals=0), aligned)).verdict


def _portraits(group: str, count: int) -> list[ColorPixels]:
    folder = DATA / "faces" / "fairface_sample"
    with (folder / "labels.csv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["group"] == group]
    return [read_image(folder / name).pixels for name in names[:count]]


def test_a_good_portrait_has_good_components(face_extractor: FaceExtractor) -> None:
    found = {name: one.verdict for name, one in _verdicts(_extract(face_extractor, portrait())).items()}
    assert found.pop("background") is Verdict.IMPROVE  # flags
    assert set(found.values()) == {Verdict.GOOD}
    assert list(found) == ["usefulness", "count", "size", "pose", "centring", "sharpness", "exposure", "eyes", "colour"]


def test_a_plain_wall_leaves_nothing_to_say(face_extractor: FaceExtractor) -> None:
    assert _messages(_extract(face_extractor, before(wall(200, 200))(portrait()))) == set()


@pytest.mark.parametrize("key", SPOILED)
def test_what_spoils_a_portrait_is_told(face_extractor: FaceExtractor, key: str) -> None:
    untouched = _messages(_extract(face_extractor, portrait())) - {"face.background.busy"}
    assert key not in untouched
    assert key in _messages(_extract(face_extractor, SPOILED[key](portrait())))


@pytest.mark.parametrize("key", _TURNS)
def test_a_turned_head_is_told(key: str) -> None:
    assert assess_pose(_view_of_head(*_TURNS[key])).verdict.message == key
    assert assess_pose(_view_of_head(0.0, 0.0)).verdict.verdict is Verdict.GOOD


def test_every_advice_can_be_reached_and_is_written_in_every_language() -> None:
    advice = {key for key in all_messages() if key.startswith("face.")}
    assert advice == set(SPOILED) | set(_TURNS)
    assert all(set(all_messages()[key]) == set(LANGUAGES) for key in advice)
    assert all(len({*all_messages()[key].values()}) == len(LANGUAGES) for key in advice)


def test_reasons_are_translated() -> None:
    reasons = {key: texts for key, texts in all_messages().items() if key.startswith("reason.")}
    assert set(reasons) == {f"reason.{reason.value}" for reason in Reason}
    assert all(set(texts) == set(LANGUAGES) - {"en"} for texts in reasons.values())


def test_components_and_verdicts_have_names_in_every_language(face_extractor: FaceExtractor) -> None:
    components = [one.component for one in face_extractor.extract(face_sample(portrait())).verdicts]
    wanted = {f"component.{name}" for name in components} | {f"verdict.{verdict.value}" for verdict in Verdict}
    named = {key for key in all_messages() if key.startswith(("component.", "verdict."))}
    assert named == wanted
    assert all(set(all_messages()[key]) == set(LANGUAGES) for key in named)


def test_a_language_without_the_text_falls_back_to_english() -> None:
    assert advice_text("face.size.small", "fr") != advice_text("face.size.small", "en")
    assert advice_text("face.size.small", "xx") == advice_text("face.size.small", "en")
    assert advice_text("no.such.key", "fr") == "no.such.key"


_LIGHTS: dict[str, Change] = {
    "half": relit(lambda level: 0.5 * level),
    "0.7 times": relit(lambda level: 0.7 * level),
    "a quarter brighter": relit(lambda level: 1.25 * level),
    "gamma 0.7": relit(lambda level: level**0.7),
    "gamma 1.6": relit(lambda level: level**1.6),
    "warm": tinted(1.1, 1.0, 0.8),
    "cool": tinted(0.85, 1.0, 1.1),
}


@pytest.mark.parametrize("light", _LIGHTS)
@pytest.mark.parametrize("skin", [1.0, 0.6], ids=["light skin", "dark skin"])
def test_another_light_keeps_the_verdicts(face_extractor: FaceExtractor, light: str, skin: float) -> None:
    """Dark skin is simulated: the same face with 0.6 of its levels, which is less than half of the light sent back."""
    face = relit(lambda level: skin * level)(portrait())
    before_, after = (_verdicts(_extract(face_extractor, pixels)) for pixels in (face, _LIGHTS[light](face)))
    for component in ("exposure", "sharpness", "eyes", "pose"):
        assert after[component] == before_[component], component


def test_skin_near_black_whose_levels_differ_is_well_exposed() -> None:
    ramp = np.tile(np.arange(112, dtype=np.float32) * 0.4, (112, 1))
    near_black, black = (_exposure_of(np.floor(share * ramp)) for share in (1.0, 0.2))
    assert near_black.verdict is Verdict.GOOD
    assert black.message == "face.exposure.too_dark"


def test_noise_makes_no_levels() -> None:
    """Night: 5 % of the light; brightened six times it is no longer dark, and no better."""
    noise = np.random.default_rng(5).normal(0, 3, (112, 112))
    levels = np.tile(np.linspace(0, 200, 112), (112, 1))
    night = 0.05 * levels + noise
    assert _exposure_of(levels).verdict is Verdict.GOOD
    for brightened in (1, 6):
        assert _exposure_of(brightened * night).verdict is Verdict.BAD
        assert _exposure_of(brightened * night).message == "face.exposure.too_dark"


@pytest.mark.parametrize(("share", "verdict"), [(0.2, Verdict.GOOD), (0.5, Verdict.IMPROVE), (0.7, Verdict.BAD)])
def test_what_is_clipped_to_white_counts(share: float, verdict: Verdict) -> None:
    levels = np.tile(np.linspace(30, 240, 112)[:, None], (1, 112))
    rows = np.flatnonzero(INNER_FACE.any(axis=1))
    inside = np.cumsum(INNER_FACE.sum(axis=1)) / INNER_FACE.sum()
    levels[rows[0] : np.searchsorted(inside, share)] = 255
    found = _exposure_of(levels)
    assert found.verdict is verdict
    assert found.message in (None, "face.exposure.too_bright")


@needs_faces
@pytest.mark.data
@pytest.mark.parametrize("group", ["Black", "White", "Southeast Asian"])
def test_relit_portraits_of_every_group_keep_the_verdict_on_exposure(face_extractor: FaceExtractor, group: str) -> None:
    def verdicts(gain: float, gamma: float) -> list[ComponentVerdict | None]:
        light = relit(lambda level: gain * level**gamma)
        lit = (_extract(face_extractor, light(pixels)) for pixels in _portraits(group, 25))
        return [_verdicts(one).get("exposure") for one in lit]

    unaltered = verdicts(1.0, 1.0)
    good = ComponentVerdict(component="exposure", verdict=Verdict.GOOD)
    assert unaltered.count(good) >= 24
    for gain, gamma in ((0.5, 1.0), (0.7, 1.0), (1.25, 1.0), (1.0, 1.5)):
        kept = [old == new for old, new in zip(unaltered, verdicts(gain, gamma), strict=True)]
        assert sum(kept) >= 23, (gain, gamma)
    assert verdicts(0.1, 1.0).count(good) <= 1


@pytest.mark.parametrize("skin", [1.0, 0.6], ids=["light skin", "dark skin"])
def test_lost_detail_is_told_on_every_skin(face_extractor: FaceExtractor, skin: float) -> None:
    face = relit(lambda level: skin * level)(portrait())
    for light, message in ((0.1, "too_dark"), (2.2 / skin, "too_bright")):
        spoiled = relit(lambda level, gain=light: gain * level)(face)  # type: ignore[misc]
        assert _verdicts(_extract(face_extractor, spoiled))["exposure"].message == f"face.exposure.{message}"


def test_sharpness_does_not_depend_on_light_and_size(face_extractor: FaceExtractor) -> None:
    sharp, dark, large = (
        _extract(face_extractor, pixels).quality.components["sharpness"]
        for pixels in (portrait(), relit(lambda level: 0.4 * level)(portrait()), scaled(portrait(), 3))
    )
    assert dark == pytest.approx(sharp, rel=0.1)
    assert large == pytest.approx(sharp, rel=0.2)


def test_sharpness_falls_with_blur(face_extractor: FaceExtractor) -> None:
    measured = [
        _extract(face_extractor, blurred(sigma)(portrait())).quality.components["sharpness"] for sigma in (1, 2, 4, 7)
    ]
    assert measured == sorted(measured, reverse=True)
    assert measured[-1] < 0.1 * measured[0]


def test_blocks_grow_with_compression(face_extractor: FaceExtractor) -> None:
    measured = [
        _extract(face_extractor, as_jpeg(portrait(), quality)).quality.components["blocks"] for quality in (90, 30, 10)
    ]
    assert measured == sorted(measured)
    assert measured[-1] > 3 * measured[0]


@pytest.mark.parametrize("pose", [(0.0, 0.0, 0.0), (30.0, 0.0, 0.0), (-50.0, 10.0, 5.0), (5.0, -20.0, -30.0)])
def test_the_pose_of_a_rigid_head_is_found(pose: tuple[float, float, float]) -> None:
    found = measure_pose(face_turned_by(*pose))
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == pytest.approx(pose, abs=0.01)


@pytest.mark.parametrize("angle", [-20.0, 20.0])
def test_roll_is_positive_clockwise(face_extractor: FaceExtractor, angle: float) -> None:
    roll = _extract(face_extractor, turned(portrait(), angle)).quality.components["roll_deg"]
    assert roll == pytest.approx(angle, abs=8)


def test_a_grey_picture_has_no_colour_to_judge(face_extractor: FaceExtractor) -> None:
    levels = gray(portrait())
    for pixels in (levels, np.dstack([levels] * 3)):
        extraction = face_extractor.extract(face_sample(pixels))
        assert _verdicts(extraction)["colour"].verdict is Verdict.NOT_EVALUATED
        assert "colour_cast" not in extraction.quality.components


def test_of_a_tight_cut_no_background_is_judged(face_extractor: FaceExtractor) -> None:
    found = _verdicts(_extract(face_extractor, portrait()[115:345, 170:370]))
    assert found["background"].verdict is Verdict.NOT_EVALUATED
    assert found["colour"].verdict is Verdict.NOT_EVALUATED


def test_profiles_and_what_the_embedder_makes_nothing_of_are_refused(face_extractor: FaceExtractor) -> None:
    usable = {"yaw_deg": 0.0, "raw_norm": LEAST_RAW_NORM}
    assert refusal(usable) is None
    assert refusal(usable | {"raw_norm": LEAST_RAW_NORM - 0.1}) is Reason.FACE_UNUSABLE
    assert refusal(usable | {"yaw_deg": -MOST_YAW_DEG - 1}) is Reason.FACE_TURNED
    assert refusal(usable | {"yaw_deg": PROFILE_YAW_DEG + 1}) is None
    overexposed = _extract(face_extractor, SPOILED["face.usefulness.unusable"](portrait()))
    assert overexposed.template is None
    assert overexposed.reasons == (Reason.FACE_UNUSABLE,)
    assert "face.exposure.too_bright" in _messages(overexposed)


def test_usefulness_is_low_below_its_limit() -> None:
    usable = {"yaw_deg": 0.0, "raw_norm": 12.0}
    assert judge_usefulness(LOW_VALUE, usable).verdict is Verdict.GOOD
    assert judge_usefulness(LOW_VALUE - 1, usable).message == "face.usefulness.low"
    assert judge_usefulness(0, usable | {"raw_norm": 1.0}).verdict is Verdict.BAD


def test_the_person_in_the_middle_is_taken_beside_another(face_extractor: FaceExtractor) -> None:
    pair = np.hstack([portrait()[:, 60:460], turned(portrait(), 4)])
    extraction = _extract(face_extractor, pair)
    alone = _extract(face_extractor, portrait())
    assert extraction.template is not None
    assert alone.template is not None
    assert float(extraction.template.embedding.vector @ alone.template.embedding.vector) > 0.9
    assert _verdicts(extraction)["count"] == ComponentVerdict(
        component="count", verdict=Verdict.BAD, message="face.count.several"
    )


def test_a_verdict_and_its_message_fit_together() -> None:
    good = ComponentVerdict(component="pose", verdict=Verdict.GOOD)
    with pytest.raises(ProcessingError, match="do not fit"):
        replace(good, verdict=Verdict.BAD)
    with pytest.raises(ProcessingError, match="do not fit"):
        replace(good, message="face.pose.turned")

"""Every finding about which finger it is, from toy prints that either are of one finger or are not."""

from __future__ import annotations

import string
from collections.abc import Sequence

import pytest

from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.scores import CalibratedFmr
from biometrics.slaps import Slap
from biometrics.templates import Template, TemplateFormat
from enrollment.capture.checks import KnownFinger, check_fingers
from enrollment.capture.findings import LANGUAGES, CaptureFinding, FindingKind, MissingFingers, all_texts
from tests.enrollment.capture.toys import Touch, ToyFingers, toy_compare

FMR = 1e-6
RIGHT, LEFT, THUMBS = (slap.fingers for slap in Slap)


def _template(shown: Position, named: Position) -> Template:
    sample = BiometricSample(position=named, pixels=Touch(shown).pixels, ppi=500.0, captured_at=now_utc())
    template = ToyFingers().extract(sample).template
    assert template is not None
    return template


def _fresh(named: Sequence[Position], shown: Sequence[Position]) -> dict[Position, Template]:
    return {name: _template(finger, name) for name, finger in zip(named, shown, strict=True)}


def _known(named: Sequence[Position], shown: Sequence[Position] = (), *, recorded: bool = False) -> list[KnownFinger]:
    templates = _fresh(named, shown or named)
    return [KnownFinger(position=name, template=one, recorded=recorded) for name, one in templates.items()]


def _found(
    fresh: dict[Position, Template], known: Sequence[KnownFinger] = (), geometry: Sequence[FindingKind] = ()
) -> list[CaptureFinding]:
    return list(check_fingers(fresh, known, toy_compare, FMR, geometry=geometry))


def test_honest_fingers_raise_nothing() -> None:
    known = [*_known(RIGHT), *_known(LEFT, recorded=True), *_known(RIGHT, recorded=True)]
    assert _found(_fresh(LEFT, LEFT), known) == []
    assert _found(_fresh(RIGHT, RIGHT), known) == []
    assert _found({}) == []


def test_a_finger_captured_before_under_another_name() -> None:
    (found,) = _found(_fresh([Position.RIGHT_MIDDLE], [Position.RIGHT_INDEX]), _known([Position.RIGHT_INDEX]))
    assert found.kind is FindingKind.REPEATED_FINGER
    assert (found.positions, found.others) == ((Position.RIGHT_MIDDLE,), (Position.RIGHT_INDEX,))
    assert found.evidence is not None and found.evidence.value == 1e-9


@pytest.mark.parametrize("recorded", [False, True])
def test_another_finger_than_the_name_is_known_by(recorded: bool) -> None:
    (found,) = _found(_fresh([Position.RIGHT_INDEX], [Position.RIGHT_MIDDLE]), _known(RIGHT, recorded=recorded))
    assert found.kind is FindingKind.WRONG_FINGER
    assert (found.positions, found.others) == ((Position.RIGHT_INDEX,), (Position.RIGHT_MIDDLE,))
    assert found.text() == (
        "this is the right middle finger, not the right index finger; present the finger that is asked for"
    )


def test_a_reference_names_the_finger_even_where_the_one_asked_for_has_none() -> None:
    known = _known([Position.RIGHT_MIDDLE], recorded=True)
    (found,) = _found(_fresh([Position.RIGHT_INDEX], [Position.RIGHT_MIDDLE]), known)
    assert found.kind is FindingKind.WRONG_FINGER


def test_references_of_one_finger_under_two_names_do_not_blame_the_capture() -> None:
    known = _known([Position.RIGHT_INDEX, Position.RIGHT_MIDDLE], [Position.RIGHT_INDEX] * 2, recorded=True)
    assert _found(_fresh([Position.RIGHT_INDEX], [Position.RIGHT_INDEX]), known) == []


def test_a_capture_before_under_another_name_is_found_even_where_a_reference_confirms_this_one() -> None:
    known = [*_known([Position.LEFT_INDEX], [Position.RIGHT_INDEX]), *_known([Position.RIGHT_INDEX], recorded=True)]
    (found,) = _found(_fresh([Position.RIGHT_INDEX], [Position.RIGHT_INDEX]), known)
    assert found.others == (Position.LEFT_INDEX,)


@pytest.mark.parametrize("geometry", [(), (FindingKind.SWAPPED_HANDS,)])
def test_the_same_slap_twice_is_one_finding(geometry: tuple[FindingKind, ...]) -> None:
    (found,) = _found(_fresh(LEFT, RIGHT), _known(RIGHT), geometry)
    assert found.kind is FindingKind.SAME_SLAP_TWICE
    assert (found.positions, found.others) == (LEFT, RIGHT)


def test_the_other_hand_is_found_by_references_and_by_geometry() -> None:
    (by_prints,) = _found(_fresh(RIGHT, LEFT), _known(LEFT, recorded=True))
    (by_places,) = _found(_fresh(RIGHT, LEFT), geometry=[FindingKind.SWAPPED_HANDS])
    (by_both,) = _found(_fresh(RIGHT, LEFT), _known(LEFT, recorded=True), [FindingKind.SWAPPED_HANDS])
    assert {one.kind for one in (by_prints, by_places, by_both)} == {FindingKind.SWAPPED_HANDS}
    assert by_places.evidence is None and by_prints.evidence is not None


def test_prints_overrule_geometry() -> None:
    assert _found(_fresh(RIGHT, RIGHT), _known(RIGHT, recorded=True), [FindingKind.SWAPPED_HANDS]) == []


def test_swapped_thumbs_and_a_hand_turned_round() -> None:
    (thumbs,) = _found(_fresh(THUMBS, THUMBS[::-1]), _known(THUMBS))
    (hand,) = _found(_fresh(RIGHT, RIGHT[::-1]), _known(RIGHT, recorded=True))
    assert thumbs.kind is FindingKind.SWAPPED_THUMBS
    assert hand.kind is FindingKind.UPSIDE_DOWN


def test_one_finger_of_another_slap_is_meant_alone() -> None:
    shown = (Position.RIGHT_INDEX, *LEFT[1:])
    (found,) = _found(_fresh(LEFT, shown), _known(RIGHT))
    assert found.kind is FindingKind.REPEATED_FINGER
    assert found.others == (Position.RIGHT_INDEX,)


def test_fingers_of_several_slaps_are_told_one_by_one() -> None:
    shown = (Position.RIGHT_INDEX, Position.RIGHT_THUMB, *LEFT[2:])
    found = _found(_fresh(LEFT, shown), [*_known(RIGHT), *_known(THUMBS)])
    assert [one.kind for one in found] == [FindingKind.REPEATED_FINGER] * 2


def test_one_finger_twice_in_a_slap() -> None:
    shown = (RIGHT[0], RIGHT[0], *RIGHT[2:])
    (found,) = _found(_fresh(RIGHT, shown))
    assert found.kind is FindingKind.DUPLICATE_IN_SLAP
    assert (found.positions, found.others) == ((RIGHT[0],), (RIGHT[1],))


def test_templates_of_another_model_are_left_out() -> None:
    def refuse(first: Template, second: Template) -> CalibratedFmr:
        assert first.format == second.format
        return toy_compare(first, second)

    other = TemplateFormat(algorithm="other", version="1", metric="minutiae")
    (known,) = _known([Position.RIGHT_INDEX])
    template = known.template
    foreign = KnownFinger(
        position=known.position,
        template=Template(format=other, position=template.position, body=template.body, quality=template.quality),
    )
    fresh = _fresh([Position.RIGHT_MIDDLE], [Position.RIGHT_INDEX])
    assert check_fingers(fresh, [foreign], refuse, FMR) == ()


def _gaps(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_is_there_in_both_languages_with_the_same_gaps() -> None:
    texts = all_texts()
    keys = {kind.value for kind in FindingKind}
    keys |= {f"capture.question.missing_{which}" for which in ("fingers", "several")}
    keys |= {f"capture.position.{position.value}" for position in Position} | {"capture.word.and", "capture.word.or"}
    assert set(texts) == keys
    for key, by_language in texts.items():
        assert set(by_language) == set(LANGUAGES), key
        assert _gaps(by_language["en"]) == _gaps(by_language["fr"]), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_can_be_told(kind: FindingKind, language: str) -> None:
    found = CaptureFinding(kind=kind, positions=RIGHT[:2], others=LEFT[:3], seen=3, expected=4)
    text = found.text(language)
    assert "{" not in text and "None" not in text
    assert CaptureFinding.parse(found.document()) == found


def test_questions_name_the_candidates() -> None:
    one = MissingFingers(seen=3, expected=RIGHT, candidates=RIGHT)
    two = MissingFingers(seen=2, expected=LEFT, candidates=LEFT[:3])
    assert one.text().startswith("3 of 4 fingers seen: which one is missing? the right index finger, ")
    assert two.text("fr") == (
        "doigts vus : 2 sur 4 ; lesquels manquent (2) ? l'auriculaire gauche, l'annulaire gauche ou le majeur gauche"
    )
    assert one.text("xx") == one.text("en")


def test_all_fingers_have_names() -> None:
    told = CaptureFinding(kind=FindingKind.LOW_QUALITY, positions=FINGERS).text("fr")
    assert "le pouce droit, l'index droit" in told and told.count(",") == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_fingers_agree_with_what_is_said_of_them(language: str) -> None:
    one = MissingFingers(seen=1, expected=RIGHT[:2], candidates=RIGHT[:2]).text(language)
    assert one.endswith(
        {"en": "which one is missing? the right index finger or the right middle finger"}.get(
            language, "lequel manque ? l'index droit ou le majeur droit"
        )
    )
    fewer = CaptureFinding(kind=FindingKind.FEWER_FINGERS, seen=1, expected=2).text(language)
    assert not {"1 doigts", "fingers were"} & {fewer[:8], fewer[9:21]} and "1 doigts" not in one
    two = CaptureFinding(kind=FindingKind.UNEXPECTED_FINGER, others=LEFT[:2], seen=2, expected=2).text(language)
    assert "which was" not in two and "demandé ;" not in two

"""What the simulated person can do instead of what was asked."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from biometrics.images import decode_image
from biometrics.positions import FINGERS, Position
from devices.simulators.sbi import PRESENTATIONS, Hands, Person, Presentation, SbiSimulator
from devices.simulators.sbi.hand import Visit
from tests.devices.simulators.sbi.client import LEFT, RIGHT, THUMBS, Client, names, payload, records


def test_fingers_in_the_air_are_not_returned(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("lifted-finger"):
        assert names(client.capture()) == [LEFT[0], LEFT[1], LEFT[3]]
        assert names(client.capture(deviceSubId="2")) == [RIGHT[0], RIGHT[1], RIGHT[3]]
        assert names(client.capture(deviceSubId="3")) == [THUMBS[1]]
    assert names(client.capture()) == list(LEFT)


def test_nobody_there_is_no_biometric_object_within_the_time(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("nothing"):
        begun = time.monotonic()
        assert client.code(timeout="1000") == "101"
        assert 0.4 < time.monotonic() - begun < 10


def test_late_fingers_are_waited_for(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting(Presentation(after_s=0.7)):
        begun = time.monotonic()
        assert len(client.capture()) == 4
        assert time.monotonic() - begun >= 0.7
        assert client.code(timeout="600") == "101"


def test_the_same_touch_is_the_same_picture(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("same-touch"):
        assert records(client.capture()) == records(client.capture())
    assert records(client.capture()) != records(client.capture())


def _scores(entries: list[dict[str, object]]) -> list[float]:
    return [float(payload(str(entry["data"]))["qualityScore"]) for entry in entries]


def test_poor_fingers_are_kept_for_the_time_and_then_returned_as_the_best(
    simulator: SbiSimulator, client: Client
) -> None:
    with simulator.presenting("poor"):
        begun = time.monotonic()
        entries = client.capture(timeout="2000")
        assert time.monotonic() - begun >= 0.9
        assert np.mean(_scores(entries)) < 40


def test_good_fingers_are_captured_as_soon_as_they_are_good(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting(Presentation(poor_for_s=0.8)):
        begun = time.monotonic()
        entries = client.capture(timeout="60000")
        assert 0.8 <= time.monotonic() - begun < 30
        assert np.mean(_scores(entries)) >= 60
        assert np.mean(_scores(client.capture(requestedScore="1", timeout="60000"))) < 40


def _pressed(presentation: str, *asked: Position) -> dict[Position, Position]:
    return PRESENTATIONS[presentation].pressed(asked)


def test_other_fingers_are_pressed_under_the_names_asked_for() -> None:
    index, middle = Position.LEFT_INDEX, Position.LEFT_MIDDLE
    assert _pressed("as-asked", index, middle) == {index: index, middle: middle}
    assert _pressed("wrong-finger", index) == {index: middle}
    assert _pressed("other-hand", index) == {index: Position.RIGHT_INDEX}
    assert set(_pressed("same-finger", *FINGERS).values()) == {Position.RIGHT_INDEX}
    assert all(one is not other for one, other in _pressed("wrong-finger", *FINGERS).items())
    assert len(set(_pressed("wrong-finger", *FINGERS).values())) == 10


def test_another_finger_really_shows_its_own_ridges(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("other-hand"):
        entries = client.capture(bioSubType=[LEFT[0]])
    assert names(entries) == [LEFT[0]]
    shown = decode_image(records(entries)[0]).pixels
    visit = Visit(Person(), Hands())
    touches = [visit.press({Position.LEFT_INDEX: Position.RIGHT_INDEX})[0]]
    for _ in range(60):
        visit.lifted([Position.RIGHT_INDEX])
        touches.append(visit.press({Position.LEFT_INDEX: Position.RIGHT_INDEX})[0])
    assert any(np.array_equal(shown, touch.picture()) for touch in touches)


def test_unknown_names_and_impossible_times_are_refused(simulator: SbiSimulator) -> None:
    with pytest.raises(ConfigurationError, match="juggling"):
        simulator.present("juggling")
    for after_s, poor_for_s in ((-1.0, 0.0), (math.inf, 0.0), (0.0, math.nan)):
        with pytest.raises(ConfigurationError):
            Presentation(after_s=after_s, poor_for_s=poor_for_s)
    with pytest.raises(ConfigurationError):
        Person(number=-1)
    with pytest.raises(ConfigurationError, match="royal"):
        Person(profile="royal")
    with pytest.raises(ConfigurationError):
        Person(missing=frozenset({Position.FACE}))

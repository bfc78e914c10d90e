"""The commands that record exceptions are what `kura person except` takes, whatever people typed."""

from __future__ import annotations

import argparse
import shlex

import pytest

from api.devices.recording import except_command
from api.verbs.person_steps import except_
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position

WORDS = ("P-7", "-x", "Awa Koné", "it's; rm -rf ~", '"$(id)"', "--help")


@pytest.mark.parametrize("label", WORDS)
@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("presence", Presence)
def test_a_command_says_what_was_stated(label: str, text: str, presence: Presence) -> None:
    positions = (Position.LEFT_RING, Position.LEFT_LITTLE)
    exception = CaptureException(
        positions=positions,
        reason=ExceptionReason.AMPUTATED,
        presence=presence,
        approver=text,
        without_photo=text,
    )
    words = shlex.split(except_command(label, exception))
    assert words[:3] == ["kura", "person", "except"]
    parser = argparse.ArgumentParser()
    except_.add_arguments(parser)
    given = parser.parse_args(words[3:])
    assert (given.person, given.positions) == (label, ["left_ring", "left_little"])
    assert (given.because, given.permanent) == ("amputated", presence is Presence.PERMANENT)
    assert (given.approver, given.without_photo) == (exception.approver, exception.without_photo)

"""What to type after a demo; every command works as it is printed."""

from __future__ import annotations

from pathlib import Path

from api.demo.folder import DemoFolder
from api.demo.truth import TAKEN, Truth
from api.pages.demo_views import NextStep
from api.shell import word


def next_steps(folder: DemoFolder, truth: Truth, kura: str) -> tuple[NextStep, ...]:
    """Return commands that go on with what the demo has left."""
    at_home = f"{kura} --home {word(folder.home)}"
    known, again = _two_prints(folder, truth)
    return (
        NextStep(command=f"{at_home} case list", purpose="the questions that wait for a person's decision"),
        NextStep(command=f"{at_home} identify {word(again)}", purpose="whose print is this?"),
        NextStep(
            command=f"{kura} verify {word(known)} {word(again)}",
            purpose="are these two prints of one finger?",
        ),
        NextStep(command=f"{at_home} registry check", purpose="is everything that was recorded whole?"),
        NextStep(
            command=f"{kura} simulate {word(folder.root / 'more-people')} --persons 200 --seed 2",
            purpose="simulate more people",
        ),
    )


def _two_prints(folder: DemoFolder, truth: Truth) -> tuple[Path, Path]:
    """Return a finger as it was captured from one planted person, and from the other."""
    for pair in truth.duplicates:
        first, second = sorted(pair)
        for finger in TAKEN:
            prints = [folder.people / "prints" / label / f"{finger.value}.png" for label in (first, second)]
            if all(path.exists() for path in prints):
                return prints[0], prints[1]
    some = next(folder.people.rglob("*.png"))
    return some, some

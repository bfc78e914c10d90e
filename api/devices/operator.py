"""The operator at a terminal: told what to present and what became of it, and asked what only a person may decide."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position
from enrollment.capture.decisions import AcceptBest, Decision, Excuse, OneByOne, PresentAgain
from enrollment.capture.findings import FALLBACK, names
from enrollment.capture.outcome import Accepted, Approval, Excepted, Exhausted, Recapture, StepOutcome, Undecided
from enrollment.capture.person import Trouble
from enrollment.capture.plan import CaptureStep

Say = Callable[[str], None]
Ask = Callable[[str], str]

_YES = frozenset({"yes", "y", "oui", "o"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Speaks with whoever is at the station.

    Parameters
    ----------
    say
        Shows a line.
    ask
        Asks a question and returns the answer, which may be empty; None where nobody can be asked, so that all
        decisions are left for later.
    language
        `en` or `fr`; others are answered in English.
    """

    say: Say
    ask: Ask | None = None
    language: str = FALLBACK

    def present(self, step: CaptureStep) -> None:
        """Say what is presented next."""
        self.say(self._text("present", what=self._name(step.name, step.positions)))

    def tell(self, outcome: StepOutcome) -> None:
        """Say what became of a step, and what stands against it."""
        what = self._name(outcome.step)
        if isinstance(outcome, Accepted):
            self.say(self._text("accepted", what=what))
            findings = outcome.held.findings
        elif isinstance(outcome, Excepted):
            self.say(self._text("excused", what=what))
            findings = ()
        elif isinstance(outcome, Recapture):
            self.say(self._text("again", what=what, left=outcome.tries_left))
            findings = outcome.findings
        elif isinstance(outcome, Exhausted):
            self.say(self._text("exhausted", what=what))
            findings = outcome.best.findings if outcome.best else ()
        else:
            findings = ()
        for finding in findings:
            self.say(f"  {finding.text(self.language)}")

    def trouble(self, error: Trouble, count: int) -> None:
        """Say what a device failed with."""
        self.say(self._text("device", count=count, error=error))

    def decide(self, outcome: Undecided | Exhausted) -> Decision | None:
        """Ask about a step until there is an answer that can be carried out."""
        if self.ask is None:
            return None
        if outcome.question is not None:
            self.say(outcome.question.text(self.language))
        offered = self._offered(outcome)
        for number, key in enumerate(offered, start=1):
            self.say(f"  {number}  {self._text(f'choice.{key}')}")
        while True:
            answer = self._asked("ask.choice").strip()
            if answer.isdecimal() and 1 <= int(answer) <= len(offered):
                break
        try:
            return self._decision(offered[int(answer) - 1], outcome)
        except BiometricsError as error:
            self.say(self._text("wrong", why=error))
            return self.decide(outcome)

    def _offered(self, outcome: Undecided | Exhausted) -> tuple[str, ...]:
        if isinstance(outcome, Undecided):
            return ("present", "excuse", "later")
        best = ("best",) if outcome.best is not None and outcome.question is None else ()
        single = ("single",) if outcome.step in ("right", "left", "thumbs") else ()
        return ("more", *best, "excuse", *single, "later")

    def _decision(self, chosen: str, outcome: Undecided | Exhausted) -> Decision | None:
        if chosen == "present":
            return PresentAgain()
        if chosen == "more":
            return PresentAgain(approval=self._approval())
        if chosen == "best":
            return AcceptBest(approval=self._approval())
        if chosen == "single":
            return OneByOne()
        return Excuse(exception=self._exception(outcome)) if chosen == "excuse" else None

    def _approval(self) -> Approval:
        approver = self._asked("ask.approver")
        return Approval(approver=approver, reason=self._asked("ask.why"))

    def _exception(self, outcome: Undecided | Exhausted) -> CaptureException:
        known = [position.value for position in outcome.question.candidates] if outcome.question else []
        fingers = self._asked("ask.fingers", known=", ".join(known))
        reasons = ", ".join(reason.value for reason in ExceptionReason)
        return CaptureException(
            positions=tuple(Position.parse(name) for name in fingers.split(",")),
            reason=_reason(self._asked("ask.reason", known=reasons)),
            presence=Presence.PERMANENT if self._yes("ask.permanent") else Presence.TEMPORARY,
            without_photo=self._asked("ask.photo"),
            approver=self._asked("ask.approver"),
        )

    def _yes(self, key: str) -> bool:
        return self._asked(key).strip().lower() in _YES

    def _asked(self, key: str, **values: Any) -> str:
        assert self.ask is not None
        return self.ask(self._text(key, **values))

    def _name(self, step: str, positions: tuple[Position, ...] = ()) -> str:
        written = _texts().get(f"step.{step}")
        if written is None:
            return names(positions or (Position.parse(step),), self.language)
        whole = written.get(self.language) or written[FALLBACK]
        return f"{whole} ({names(positions, self.language)})" if positions else whole

    def _text(self, key: str, **values: Any) -> str:
        texts = _texts()[key]
        return (texts.get(self.language) or texts[FALLBACK]).format(**values)


def _reason(text: str) -> ExceptionReason:
    try:
        return ExceptionReason(text.strip().lower())
    except ValueError:
        known = ", ".join(reason.value for reason in ExceptionReason)
        raise BiometricsError(f"{text!r} is no reason", remedy=f"use one of {known}") from None


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))

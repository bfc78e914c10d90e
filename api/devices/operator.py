"""The operator at a terminal: told what to present and what became of it, and asked what only a person may decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.devices.changing_hints import ChangingHints
from api.devices.dialogue import Ask, Dialogue, Say, TakenBackError
from api.devices.texts import SLAP_NAMES, presented, step_name, text
from biometrics.errors import BiometricsError, CaptureMoveError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position
from enrollment.capture.decisions import AcceptBest, CaptureAnew, Decision, Excuse, OneByOne, PresentAgain, TakeBack
from enrollment.capture.findings import FALLBACK, names
from enrollment.capture.judges import Watcher
from enrollment.capture.outcome import (
    Accepted,
    Approval,
    Excepted,
    Exhausted,
    HeldTry,
    Recapture,
    StepOutcome,
    Undecided,
)
from enrollment.capture.person import Trouble
from enrollment.capture.plan import CaptureStep
from enrollment.capture.preview import Preview

Waiting = Undecided | Exhausted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What must be known of a session to ask about one of its steps.

    Parameters
    ----------
    operator
        Whoever captures, who does not approve alone of what needs a second person.
    expected
        What the step is to show, less what is excused.
    accepted
        Names of the steps that are done, as far as they are of fingers.
    excused
        All that exceptions were stated of, whatever step it belongs to.
    """

    operator: str
    expected: tuple[Position, ...]
    accepted: tuple[str, ...] = ()
    excused: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Speaks with whoever is at the station.

    Parameters
    ----------
    say
        Shows a line; also called from the thread of a device.
    ask
        Asks a question and returns the answer, which may be empty; None where nobody can be asked, so that all
        decisions are left for later.
    language
        `en` or `fr`, and `bm` for hints; what has no text in a language is told in English.
    """

    say: Say
    ask: Ask | None = None
    language: str = FALLBACK

    def goes_on(self, done: int, all_steps: int) -> None:
        """Say that an earlier capture goes on."""
        self.say(text("goes_on", self.language, done=done, all=all_steps))

    def ended(self) -> None:
        """Say that a capture ended before its time, and that nothing of it is lost."""
        self.say(text("ended", self.language))

    def present(self, step: CaptureStep) -> None:
        """Say what is presented next."""
        self.say(text("present", self.language, what=presented(step, self.language)))

    def watcher(self) -> Watcher:
        """Return what shows the hints of one capture, whenever they change."""
        hints = ChangingHints(self.language)

        def watch(seen: Preview) -> None:
            told = hints.changed(seen)
            if told is not None:
                self.say(f"  {told}")

        return watch

    def tell(self, outcome: StepOutcome) -> None:
        """Say what became of a step, and what stands against it."""
        what = step_name(outcome.step, self.language)
        lines: list[str] = []
        if isinstance(outcome, Accepted):
            lines = [text("accepted", self.language, what=what), *self._findings(outcome.held)]
        elif isinstance(outcome, Excepted):
            lines = [text("excused", self.language, what=what)]
        elif isinstance(outcome, Recapture):
            key = "again" if outcome.findings else "open"
            lines = [text(key, self.language, what=what, left=outcome.tries_left)]
            lines += [f"  {finding.text(self.language)}" for finding in outcome.findings]
        elif self.ask is None:  # whoever is asked reads the same when asked
            lines = self._waiting(outcome)
        for line in lines:
            self.say(line)

    def trouble(self, error: Trouble, count: int) -> None:
        """Say what a device failed with, or why a decision cannot be carried out."""
        if isinstance(error, CaptureMoveError):
            self.say(text("wrong", self.language, why=error))
        else:
            self.say(text("device", self.language, count=count, error=error))

    def decide(self, outcome: Waiting, standing: Standing) -> Decision | None:
        """Ask about a step until there is an answer; None is the decision to decide later."""
        if self.ask is None:
            return None
        dialogue = Dialogue(say=self.say, ask=self.ask, language=self.language)
        for line in self._waiting(outcome):
            self.say(line)
        ways = _ways(outcome, standing)
        options = [(way, text(f"choice.{name}", self.language)) for name, way in ways.items()]
        while True:
            chosen = dialogue.one("ask.choice", options, back=False)
            try:
                return chosen(dialogue, outcome, standing)
            except TakenBackError:
                continue
            except BiometricsError as error:
                self.say(text("wrong", self.language, why=error))

    def _waiting(self, outcome: Waiting) -> list[str]:
        """Return what is to be decided, and what was found."""
        what = step_name(outcome.step, self.language)
        if outcome.question is not None:
            key = "undecided" if isinstance(outcome, Undecided) else "exhausted"
            return [text(key, self.language, what=what), f"  {outcome.question.text(self.language)}"]
        assert isinstance(outcome, Exhausted)
        return [text("exhausted", self.language, what=what), *self._findings(outcome.best)]

    def _findings(self, held: HeldTry | None) -> list[str]:
        return [f"  {finding.text(self.language)}" for finding in (held.findings if held else ())]


_Way = Callable[[Dialogue, Waiting, Standing], Decision | None]


def _ways(outcome: Waiting, standing: Standing) -> dict[str, _Way]:
    """Return what may be decided about a step, by the keys of the texts, in the order in which it is offered."""
    if isinstance(outcome, Undecided):
        return {"present": _present, "excuse": _excuse, "later": _later}
    ways: dict[str, _Way] = {"more": _more}
    best = outcome.best
    if best is not None and set(best.positions) == set(standing.expected) and all(one.usable for one in best.samples):
        ways["best"] = _best
    ways["excuse"] = _excuse
    if outcome.step in SLAP_NAMES:
        ways["single"] = _single
    if standing.accepted and _elsewhere(best) - set(standing.expected):
        ways["anew"] = _anew
    if standing.excused:
        ways["back"] = _take_back
    return ways | {"later": _later}


def _elsewhere(best: HeldTry | None) -> set[Position]:
    """Return the positions that a try turned out to show, or to repeat."""
    return {other for finding in (best.findings if best else ()) for other in finding.others}


def _present(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    return PresentAgain()


def _later(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> None:
    return None


def _single(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    return OneByOne()


def _more(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    return PresentAgain(approval=_approval(dialogue))


def _best(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    assert isinstance(outcome, Exhausted)
    approver = _somebody_else(dialogue, standing) if outcome.needs_second_person else dialogue.words("ask.decider")
    return AcceptBest(approval=Approval(approver=approver, reason=dialogue.words("ask.why")))


def _anew(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    step = dialogue.one("ask.step", [(name, step_name(name, dialogue.language)) for name in standing.accepted])
    return CaptureAnew(step=step, approval=_approval(dialogue))


def _take_back(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    excused = [(one, names((one,), dialogue.language)) for one in standing.excused]
    return TakeBack(positions=dialogue.several("ask.fingers", excused), approval=_approval(dialogue))


def _approval(dialogue: Dialogue) -> Approval:
    approver = dialogue.words("ask.decider")
    return Approval(approver=approver, reason=dialogue.words("ask.why"))


def _somebody_else(dialogue: Dialogue, standing: Standing) -> str:
    while True:
        approver = dialogue.words("ask.approver")
        if approver != standing.operator:
            return approver
        dialogue.say(text("answer.somebody_else", dialogue.language))


def _excuse(dialogue: Dialogue, outcome: Waiting, standing: Standing) -> Decision:
    language, question = dialogue.language, outcome.question
    candidates = question.candidates if question is not None else standing.expected
    reasons = [(reason, text(f"reason.{reason.value}", language)) for reason in ExceptionReason]
    positions = dialogue.several("ask.fingers", [(one, names((one,), language)) for one in candidates])
    exception = CaptureException(
        positions=positions,
        reason=dialogue.one("ask.reason", reasons),
        presence=Presence.PERMANENT if dialogue.yes("ask.permanent") else Presence.TEMPORARY,
        without_photo=dialogue.words("ask.photo"),
        approver=_somebody_else(dialogue, standing),
    )
    return Excuse(exception=exception)

"""Somebody at a terminal who types what was written down beforehand."""

from __future__ import annotations

from api.devices.operator import Operator


class Typist:
    """Answers in this order, and remembers every line and question.

    Parameters
    ----------
    answers
        What is typed; being asked once more fails the test.
    """

    def __init__(self, *answers: str) -> None:
        self.left = list(answers)
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def ask(self, question: str) -> str:
        assert self.left, f"nobody answers {question!r} after {self.lines}"
        answer = self.left.pop(0)
        self.lines.append(f"{question}{answer}")
        return answer

    def operator(self, language: str = "en", *, alone: bool = False) -> Operator:
        """Return the operator who types; `alone` where nobody is asked."""
        return Operator(say=self.say, ask=None if alone else self.ask, language=language)

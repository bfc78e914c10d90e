"""Questions at a terminal that are asked until the answer can be used; an empty answer goes back where that is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from api.devices.texts import text

Say: TypeAlias = Callable[[str], None]
"""Shows a line."""

Ask: TypeAlias = Callable[[str], str]
"""Shows a question and returns the answer, which may be empty."""

_YES, _NO = frozenset({"yes", "y", "oui", "o"}), frozenset({"no", "n", "non"})

_Choice = TypeVar("_Choice")


class TakenBackError(Exception):
    """An empty answer: whoever is asked wants to go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Asks in one language.

    Parameters
    ----------
    say, ask
        The terminal.
    language
        `en` or `fr`; others are asked in English.
    """

    say: Say
    ask: Ask
    language: str

    def one(self, key: str, options: Sequence[tuple[_Choice, str]], *, back: bool = True) -> _Choice:
        """Return what is chosen by its number; an empty answer goes back, or is asked again.

        Raises
        ------
        TakenBackError
            When the answer is empty and `back` is allowed.
        """
        self._list(options)
        while True:
            answer = self._answer(key) if back else self.ask(self._text(key)).strip()
            number = _number(answer, len(options))
            if number is not None:
                return options[number - 1][0]
            self.say(self._text("answer.number", most=len(options)))

    def several(self, key: str, options: Sequence[tuple[_Choice, str]]) -> tuple[_Choice, ...]:
        """Return what is chosen by numbers, in the order of the options; the only option is not asked about.

        Raises
        ------
        TakenBackError
            When the answer is empty.
        """
        if len(options) == 1:
            return (options[0][0],)
        self._list(options)
        while True:
            words = self._answer(key).replace(",", " ").split()
            numbers = {_number(word, len(options)) for word in words}
            if words and None not in numbers and len(numbers) == len(words):
                return tuple(value for number, (value, _) in enumerate(options, start=1) if number in numbers)
            self.say(self._text("answer.numbers", most=len(options)))

    def yes(self, key: str) -> bool:
        """Return whether the answer is yes.

        Raises
        ------
        TakenBackError
            When the answer is empty.
        """
        while True:
            answer = self._answer(key).lower()
            if answer in _YES | _NO:
                return answer in _YES
            self.say(self._text("answer.yes_no"))

    def words(self, key: str) -> str:
        """Return an answer in the words of whoever is asked.

        Raises
        ------
        TakenBackError
            When the answer is empty.
        """
        return self._answer(key)

    def _list(self, options: Sequence[tuple[_Choice, str]]) -> None:
        for number, (_, shown) in enumerate(options, start=1):
            self.say(f"  {number}  {shown}")

    def _answer(self, key: str) -> str:
        answer = self.ask(self._text(key)).strip()
        if not answer:
            raise TakenBackError
        return answer

    def _text(self, key: str, **values: Any) -> str:
        return text(key, self.language, **values)


def _number(word: str, most: int) -> int | None:
    readable = word.isascii() and word.isdecimal() and len(word) <= len(str(most))
    return int(word) if readable and 1 <= int(word) <= most else None

"""Work that many threads ask for and one of them does for all who wait."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Gathering(Generic[Asked, Answer]):
    """Lets whoever comes first deal with what has gathered, while the others gather anew.

    Nobody waits for company: a thread that comes alone is dealt with at once. Under load, groups are as large as
    became ready while the one before was dealt with.

    Parameters
    ----------
    deal
        Given what was asked for, in the order of asking, returns an answer or an error for each. What it raises
        instead, all of the group get.
    most
        Asked for by so many at once.
    """

    def __init__(self, deal: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], most: int) -> None:
        self._deal = deal
        self._most = most
        self._waiting: deque[_Place[Asked, Answer]] = deque()
        self._dealing = False
        self._changed = threading.Condition()

    def ask(self, asked: Asked) -> Answer:
        """Return the answer to what is asked, or raise its error."""
        own = _Place[Asked, Answer](asked)
        with self._changed:
            self._waiting.append(own)
        while not self._is_dealt_with(own):
            with self._changed:
                group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            self._deal_with(group)
        return own.answer()

    def _is_dealt_with(self, own: _Place[Asked, Answer]) -> bool:
        """Wait until the place is dealt with, or it is this thread's turn to deal."""
        with self._changed:
            self._changed.wait_for(lambda: own.done or not self._dealing)
            self._dealing = self._dealing or not own.done
            return own.done

    def _deal_with(self, group: list[_Place[Asked, Answer]]) -> None:
        try:
            for place, result in zip(group, self._deal([place.asked for place in group]), strict=True):
                place.result = result
        except Exception as error:  # noqa: BLE001 - whoever asked is told, this thread as the others
            for place in group:
                place.result = error
        finally:  # an interrupt too must not leave the others waiting
            with self._changed:
                for place in group:
                    place.done = True
                self._dealing = False
                self._changed.notify_all()


class _Place(Generic[Asked, Answer]):
    """What one thread asks for, and the answer."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.done = False
        self.result: Answer | Exception = InterruptedError("whoever dealt with this was interrupted")

    def answer(self) -> Answer:
        if isinstance(self.result, Exception):
            raise copy.copy(self.result) from self.result  # one error may be many threads'
        return self.result

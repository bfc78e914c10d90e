"""Tasks as tests ask for them, and a clock that goes when told."""

from __future__ import annotations

from enrollment.tasks.records import AcceptTask


class Clock:
    """Seconds that only grow, as far as a test lets them."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds


def asked(task_id: str, *, client: str = "ministry", callback: str | None = "x", priority: int = 0) -> AcceptTask:
    return AcceptTask(
        task_id=task_id,
        client=client,
        operation="readEncounters",
        transaction_id=f"transaction of {task_id}",
        callback=None if callback is None else f"https://{client}.example/{callback}",
        priority=priority,
        asked=b"{}",
    )

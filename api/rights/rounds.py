"""What an engine does about people's rights by itself: interrupted erasures, the rules of retention, the gateway."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from api.rights.gateway import tell_due
from api.rights.rights_settings import RightsSettings, read_rights_settings
from biometrics.errors import BiometricsError
from biometrics.samples import now_utc
from enrollment.operations.rights_upkeep import RETENTION_RUNS
from enrollment.rights.erasing import resume, unfinished
from enrollment.rights.retention import carry_out

if TYPE_CHECKING:
    from enrollment.operations.operation import Performs

EVERY_S = 60.0
"""Erasures and notifications wait no longer than this."""

RETENTION_EVERY = timedelta(days=1)

_log = structlog.get_logger(__name__)


@contextmanager
def rounds_made(call: Performs, home: Path, every_s: float = EVERY_S) -> Iterator[None]:
    """Make a round now and then in a thread of its own while the block runs."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_s):
            make_round(call, home)

    thread = threading.Thread(target=work, name="rights")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def make_round(call: Performs, home: Path) -> None:
    """Go on with erasures, forget what is due, tell the gateway; what fails is logged and left to the next round."""
    try:
        settings = read_rights_settings(home)
    except BiometricsError as error:
        _log.error("rights.settings", kind=error.kind, reason=error.message)
        return
    for name, step in (("erasures", _go_on), ("retention", _forget), ("gateway", _tell)):
        try:
            step(call, settings)
        except BiometricsError as error:
            _log.warning(f"rights.{name}", kind=error.kind, reason=error.message)


def _go_on(call: Performs, _: RightsSettings) -> None:
    for one in unfinished(call):
        done = resume(call, one)
        _log.info("rights.erased", erasure=done.erasure_id, state=done.state.value)


def _forget(call: Performs, settings: RightsSettings) -> None:
    """Carry out the rules that did not run for a day; a run in the future, by a clock since set right, counts."""
    if not settings.retention:
        return
    last: dict[str, datetime] = {}
    for run in call(RETENTION_RUNS, None):
        last[run.rule] = max(run.ran_at, last.get(run.rule, run.ran_at))
    now = now_utc()
    due = [
        rule
        for rule in settings.retention
        if rule.kept.value not in last or now - last[rule.kept.value] >= RETENTION_EVERY
    ]
    for one in carry_out(call, due, dry_run=False):
        _log.info("rights.retention", rule=one.rule.kept.value, removed=one.removed, left=one.due)


def _tell(call: Performs, settings: RightsSettings) -> None:
    taken, lost = tell_due(call, settings.gateway)
    if taken or lost:
        _log.info("rights.gateway", told=taken, failed=lost)

"""What one worker works with: extractors, calibrations, policy, a bounded pool of threads, and the engine it asks."""

from __future__ import annotations

import asyncio
import contextvars
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from api import wiring
from api.http.decisions import DecisionDesk
from api.http.metrics import MetricsDesk
from api.http.problems import RETRY_AFTER_S, Refusal
from api.installation import Installation
from api.server_settings import ServerSettings
from biometrics.decisions import DecisionPolicy
from biometrics.positions import Modality
from biometrics.records import SYSTEM, Actor
from enrollment.engine.service import EnrollmentService
from enrollment.operations.auditing import REPORT_DECISIONS, DecisionReport
from enrollment.preparation import Extractors
from matching.calibration import Calibration
from registry.audit_log.state import AuditState
from registry.decisions import Decision

T = TypeVar("T")


class Desk:
    """Everything an endpoint needs; safe to share between threads.

    Parameters
    ----------
    installation
        Home and settings.
    extractors
        Make templates.
    calibrations
        What scores mean.
    service_of
        Returns the owner of the registry, acting for somebody.
    metrics
        What is counted.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        extractors: Extractors,
        calibrations: Mapping[Modality, Calibration],
        service_of: Callable[[Actor], EnrollmentService],
        metrics: MetricsDesk | None = None,
    ) -> None:
        self.installation = installation
        self.extractors = extractors
        self.calibrations = calibrations
        self.metrics = metrics or MetricsDesk()
        self._service_of = service_of
        server = self.settings
        self._pool = ThreadPoolExecutor(server.worker_threads, thread_name_prefix="desk")
        self._room = server.worker_threads + server.queue
        self._admitted = 0
        self._counting = threading.Lock()
        self.stopping = False
        self.audit: AuditState | None = None
        self.decisions = DecisionDesk(self._report, self._audit_stands)

    @property
    def home(self) -> Path:
        """Folder of the installation."""
        return self.installation.home

    @property
    def settings(self) -> ServerSettings:
        """What the installation chose about its server."""
        return self.installation.settings.server

    @property
    def policy(self) -> DecisionPolicy:
        """What decisions follow."""
        return self.installation.settings.policy

    def service(self, actor: Actor) -> EnrollmentService:
        """Return whoever owns the registry, acting for somebody.

        Raises
        ------
        ServiceError
            When the engine cannot be asked.
        """
        return self._service_of(actor)

    async def run(self, work: Callable[[], T]) -> T:
        """Do blocking work in a thread and return what it returns, or raise what it raises.

        Context variables go with it. Work that was not begun in time is not begun later; work that was begun is not
        broken off, and its answer is lost.

        Raises
        ------
        Refusal
            When as much is waiting as may, or the time is up.
        """
        self._enter()
        context = contextvars.copy_context()
        try:
            future = self._pool.submit(self._perform, context, work)
        except RuntimeError:
            self._leave()
            raise Refusal("unavailable", "the service is stopping", retry_after_s=RETRY_AFTER_S) from None
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(self.settings.request_timeout_s):
                return await asyncio.wrap_future(future)  # cancelled, it cancels work that was not begun
        except TimeoutError:
            if future.done() and not future.cancelled():
                raise
            raise self._late(future) from None

    def close(self) -> None:
        """Take no more work, and wait for what was begun."""
        self.stopping = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _report(self, decisions: tuple[Decision, ...]) -> AuditState:
        return self.service(SYSTEM).call(REPORT_DECISIONS, DecisionReport(decisions=decisions))

    def _audit_stands(self, state: AuditState) -> None:
        self.audit = state
        self.metrics.audit_stands(state)

    def _perform(self, context: contextvars.Context, work: Callable[[], T]) -> T:
        self.metrics.waiting.dec()
        self.metrics.working.inc()
        try:
            return context.run(work)
        finally:
            self.metrics.working.dec()

    def _late(self, future: Future[T]) -> Refusal:
        if future.cancelled():
            return Refusal("busy", "the request waited too long", retry_after_s=RETRY_AFTER_S)
        return Refusal("late", "the answer took too long; the work may have been done", retry_after_s=RETRY_AFTER_S)

    def _enter(self) -> None:
        with self._counting:
            if self._admitted >= self._room:
                raise Refusal("busy", "as many requests wait as may", retry_after_s=random.randint(1, 5))
            self._admitted += 1
        self.metrics.waiting.inc()

    def _leave(self) -> None:
        with self._counting:
            self._admitted -= 1

    def _done(self, future: Future[T]) -> None:
        if future.cancelled():
            self.metrics.waiting.dec()
        self._leave()


def open_desk(installation: Installation, service_of: Callable[[Actor], EnrollmentService]) -> Desk:
    """Load what a worker works with.

    Raises
    ------
    ModelUnavailableError, ConfigurationError
        When a model or a calibration is missing or wrong.
    """
    return Desk(
        installation,
        extractors=wiring.load_extractors(installation),
        calibrations=wiring.load_calibrations(installation),
        service_of=service_of,
    )

"""What a worker counts and measures for Prometheus; several workers count into files that any of them reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from registry.audit_log.state import AuditState

_LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder that the workers of one server count into; it must be set before this module is imported."""


_AUDIT = {
    "events": "Events of the audit log.",
    "unanchored_events": "Events that wait for an anchor in the second sink; 0 where there is none.",
    "unanchored_seconds": "For how long the first of them has waited.",
    "alarm": "1 once they have waited longer than audit.alarm_after_min.",
    "stopped": "1 once nothing is recorded or read any more, after audit.stop_after_min.",
    "clock_set_back": "How often the clock was found earlier than at the event before.",
}


class MetricsDesk:
    """The measures of one worker; names and labels are part of the interface (docs/operations.md)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "kura_requests",
            "Requests answered, by template of the route and class of the status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "kura_request_seconds",
            "Time from the head of a request to its whole answer.",
            ("route", "method"),
            buckets=_LATENCY_S,
            registry=self._registry,
        )
        self._refusals = Counter(
            "kura_refusals", "Requests refused, by kind (api/http/kinds.py).", ("kind",), registry=self._registry
        )
        self._extraction = Histogram(
            "kura_extraction_seconds",
            "Time to decode the pictures of a request and to extract templates from them.",
            buckets=_LATENCY_S,
            registry=self._registry,
        )
        self.in_flight = self._gauge("kura_requests_in_flight", "Requests that are being answered.")
        self.working = self._gauge("kura_work_running", "Requests that a thread works on.")
        self.waiting = self._gauge("kura_work_waiting", "Requests that wait for a thread.")
        self._tasks = Gauge(
            "kura_tasks",
            "Accepted tasks that are to be performed, and results that are to be delivered, in all workers together.",
            ("job",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._deliveries = Counter(
            "kura_task_deliveries",
            "Attempts to deliver a result: received, refused by the receiver, or nobody answered.",
            ("ended",),
            registry=self._registry,
        )

        self._audit = {
            name: Gauge(f"kura_audit_{name}", meaning, registry=self._registry, multiprocess_mode="mostrecent")
            for name, meaning in _AUDIT.items()
        }

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry, multiprocess_mode="livesum")

    def answered(self, *, route: str, method: str, status: int, seconds: float, refused: str | None) -> None:
        """Count an answer."""
        self._requests.labels(route, method, f"{status // 100}xx").inc()
        self._seconds.labels(route, method).observe(seconds)
        if refused is not None:
            self._refusals.labels(refused).inc()

    def tasks_counted(self, *, to_perform: int, to_deliver: int) -> None:
        """Note how many tasks are unfinished."""
        self._tasks.labels("perform").set(to_perform)
        self._tasks.labels("deliver").set(to_deliver)

    def delivery(self, ended: str) -> None:
        """Count an attempt to deliver a result."""
        self._deliveries.labels(ended).inc()

    def audit_stands(self, state: AuditState) -> None:
        """Note how the audit log stands."""
        told = {
            "events": state.events,
            "unanchored_events": state.waiting,
            "unanchored_seconds": state.waited_s,
            "alarm": state.alarming,
            "stopped": state.stopped,
            "clock_set_back": state.clock_set_back,
        }
        for name, value in told.items():
            self._audit[name].set(value)

    @contextmanager
    def extraction(self) -> Iterator[None]:
        """Measure an extraction."""
        began = perf_counter()
        try:
            yield
        finally:
            self._extraction.observe(perf_counter() - began)

    def page(self) -> bytes:
        """Return all measures as text, those of the other workers too."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)

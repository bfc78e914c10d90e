"""The result of a load as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.load.running import LoadResult

_MOST_NAMED = 5


def result_lines(result: LoadResult) -> Iterator[str]:
    """Yield what was found, in words; everybody named is simulated."""
    found = result.document()
    yield f"profile {found['profile']}: simulated people, the service on this machine, callers on the same cores"
    yield f"{found['requests']} requests answered, {found['requests_per_s']} a second; {_times(found)}"
    for kind, times in found["by_kind"].items():
        yield f"  {kind}: {_times(times)}"
    yield f"{found['enrolled']} enrollments acknowledged, {found['lost']} lost; {found['wrong']} answers wrong"
    if result.lost:
        yield f"  lost: {', '.join(result.lost[:_MOST_NAMED])}"
    for what, whom in result.wrong.items():
        yield f"  {what}: {len(whom)} ({', '.join(whom[:_MOST_NAMED])})"
    yield f"{found['asked_to_come_later']} times asked to come later, {found['unanswered']} times without an answer"
    yield f"{found['strangers_in_question']} persons who came once went to examiners"
    yield "CPU time a call in one process over the service's, one call at a time (and p95 of the times, the other way):"
    for kind, fraction in found["http_fraction"].items():
        alone, served = found["cpu_ms_in_process_and_served"][kind]
        yield f"  {kind}: {fraction} ({alone} of {served} ms), p95 {found['p95_ratio'][kind]} x"


def _times(times: dict[str, Any]) -> str:
    return ", ".join(f"{name.removesuffix('_ms')} {times[name]} ms" for name in ("p50_ms", "p95_ms", "p99_ms"))

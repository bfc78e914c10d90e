"""A run in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrollment.deduplication.state import RunState


def summary_lines(state: RunState, simulated: int, page: Path | None) -> list[str]:
    """Return what a run came to."""
    duplicates = state.findings.get("duplicate", 0)
    doubtful = sum(state.findings.values()) - duplicates
    wording = "1 pair is a probable duplicate" if duplicates == 1 else f"{duplicates} pairs are probable duplicates"
    until_now = "" if state.finished_at else "until now, "
    lines = [f"{_compared(state)}: {until_now}{wording}, {doubtful} are doubtful"]
    if simulated:
        lines.append(f"{simulated} of the persons recorded are simulated")
    lines += _left_out(state) + _earlier_policy(state)
    if duplicates + doubtful:
        seen = f"see them side by side in {page}" if page else "kura dedup report --page FILE shows them side by side"
        lines.append(f"every pair is open as a case; {seen}")
    return lines


def figure_lines(state: RunState) -> list[str]:
    """Return the figures of a run, one a line."""
    lines = [f"run {state.run_id}: {_status(state)}", f"  {_compared(state)} as of change {state.generation}"]
    if state.since_run:
        lines.append(f"  new are {state.new_persons}, since the run {state.since_run} as of change {state.since}")
    share = f"{100 * state.pairs_done / state.pairs_planned:.1f} %" if state.pairs_planned else "all"
    lines.append(f"  {state.pairs_done:,} of {state.pairs_planned:,} pairs of persons done ({share}), {_pace(state)}")
    lines.append(
        f"  {state.not_comparable:,} of them share no finger or face, {state.left_out:,} had changed meanwhile"
    )
    lines += [f"  pairs found: {_findings(state)}", f"  policy {_policy(state)}"]
    lines.append(f"  interrupted {state.interruptions} times; compared by {', '.join(state.kernels) or 'nothing yet'}")
    return lines + [f"  {line}" for line in _left_out(state) + _earlier_policy(state)]


def short_line(state: RunState) -> str:
    """Return a run in one line."""
    found = sum(state.findings.values())
    return f"{state.run_id}  {state.kind.value}  {state.persons} persons  {found} pairs  {_status(state)}"


def page_summary(state: RunState, simulated: int, drawn: int) -> dict[str, str]:
    """Return the figures that pages show on which so many pairs are drawn."""
    found = sum(state.findings.values())
    shown = {
        "run": f"{state.run_id}, {_status(state)}",
        "compared": f"{_compared(state)}, gallery {state.gallery_id} as of change {state.generation}",
        "since the run": f"{state.since_run} as of change {state.since}" if state.since_run else "",
        "simulated persons recorded": f"{simulated:,}" if simulated else "",
        "pairs of persons": f"{state.pairs_done:,} of {state.pairs_planned:,}, {_pace(state)}",
        "share no finger or face": f"{state.not_comparable:,}",
        "changed meanwhile": f"{state.left_out:,} pairs of persons" if state.left_out else "",
        "alike": f"{_findings(state)}{f'; the best {drawn:,} are drawn here' if drawn < found else ''}",
        "not reported": "; ".join(_left_out(state)),
        "policy": _policy(state),
        "interruptions": f"{state.interruptions}",
        "compared by": ", ".join(state.kernels),
    }
    return {name: text for name, text in shown.items() if text}


def _compared(state: RunState) -> str:
    if state.since_run is None:
        return f"{state.persons} persons compared with each other"
    return f"{state.new_persons} new or changed persons compared with {state.persons}"


def _left_out(state: RunState) -> list[str]:
    lines = []
    if state.changed_members:
        lines.append(
            f"{state.changed_members} of them changed or left during the run and are not reported: "
            "kura dedup run --new compares who is still there"
        )
    if state.answered_pairs:
        lines.append(f"{state.answered_pairs} pairs were decided by people and are not reported")
    return lines


def _earlier_policy(state: RunState) -> list[str]:
    """Return a line where those who are not new were judged by another policy."""
    if state.since_policy in (None, state.policy_version):
        return []
    earlier = f"the run {state.since_run} judged the others by the policy {state.since_policy}"
    return [f"{earlier}, not {state.policy_version}: kura dedup run judges everybody anew"]


def _status(state: RunState) -> str:
    if state.finished_at is not None:
        return f"finished at {state.finished_at:%Y-%m-%d %H:%M} UTC"
    if state.running_pid is not None:
        return f"running in process {state.running_pid}"
    return f"unfinished; go on with kura dedup resume {state.run_id}"


def _pace(state: RunState) -> str:
    from api.progress import duration

    if state.rate is None:
        return "no rate yet"
    left = state.seconds_left
    ahead = "" if left is None else f", {duration(left)} left"
    return f"{state.rate:,.0f} a second in {duration(state.seconds)}{ahead}"


def _findings(state: RunState) -> str:
    found = state.findings
    return f"{found.get('duplicate', 0):,} probable duplicates, {found.get('needs_review', 0):,} doubtful"


def _policy(state: RunState) -> str:
    return (
        f"{state.policy_version}: a probable duplicate at a false match rate of {state.duplicate_fmr:.2e} at most, "
        f"doubtful at {state.review_fmr:.2e}"
    )

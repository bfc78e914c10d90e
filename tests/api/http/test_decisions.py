"""Who may do what is decided, counted, and told by the audit trail: each granted call, and each denied one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.http.access import Caller
from api.http.bodies import BodyLimits
from api.http.clients import Rights
from api.http.decisions import MOST_DENIED, MOST_GRANTED, DecisionDesk
from api.http.exchange import Exchange
from api.http.gate import AccessDesk
from api.http.problems import Refusal
from biometrics.errors import AnchorsStaleError, ServiceError
from registry.audit_log.state import AuditState
from registry.decisions import Decision
from tests.api.http import samples
from tests.api.http.fixtures import InProcess

STATE = AuditState(log_id="0" * 32, events=0, root="")
RIGHTS = {
    "poor": Rights(scopes=frozenset(("things.read",))),
    "slow": Rights(per_minute=1),
    "bank": Rights(purposes=frozenset(("kyc",))),
}


class Recorder:
    """Stands for the owner of the registry, who may not answer."""

    def __init__(self) -> None:
        self.reports: list[tuple[Decision, ...]] = []
        self.answers = True

    def __call__(self, decisions: tuple[Decision, ...]) -> AuditState:
        if not self.answers:
            raise ServiceError("the engine does not run")
        self.reports.append(decisions)
        return STATE


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def desk(recorder: Recorder) -> DecisionDesk:
    return DecisionDesk(recorder, lambda _: None)


def exchange(route: str = "/things/{name}", **given: Any) -> Exchange:
    made = Exchange(
        request_id="1",
        method="GET",
        access=AccessDesk.__new__(AccessDesk),
        bodies=BodyLimits(most_bytes=1, timeout_s=1.0),
    )
    made.route = route
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_alike_decisions_are_one_with_their_number(desk: DecisionDesk, recorder: Recorder) -> None:
    caller = Caller(client="bank", subject="bank", purpose="kyc", route="GET /things/{name}", scope="things.read")
    for _ in range(3):
        desk.note(exchange(client="bank", caller=caller))
    for _ in range(1000):
        desk.note(exchange(client="bank", denied="scope", status=403))
    desk.note(exchange())  # public: nobody decided
    assert desk.flush()
    denied, granted = recorder.reports[0]
    assert (granted.granted, granted.count, granted.reason) == (True, 3, None)
    assert (granted.client, granted.route, granted.scope, granted.purpose) == (
        "bank", "GET /things/{name}", "things.read", "kyc"
    )  # fmt: skip
    assert (denied.granted, denied.count, denied.reason, denied.status) == (False, 1000, "scope", 403)
    assert desk.waiting == 0


def test_a_flood_is_bounded_and_none_of_it_uncounted(desk: DecisionDesk, recorder: Recorder) -> None:
    for number in range(500):
        desk.note(exchange(route=f"/r{number}", denied="token", status=401))
    assert desk.flush()
    (report,) = recorder.reports
    assert len(report) == MOST_DENIED + 1
    assert sum(one.count for one in report) == 500
    assert [one.count for one in report if one.route is None] == [500 - MOST_DENIED]


def test_what_could_not_be_recorded_is_counted_on(desk: DecisionDesk, recorder: Recorder) -> None:
    recorder.answers = False
    for _ in range(5):
        desk.note(exchange(denied="rate", status=429, client="slow"))
        assert not desk.flush()
    assert desk.waiting == 5
    recorder.answers = True
    assert desk.flush()
    (denied,) = recorder.reports[0]
    assert denied.count == 5 and denied.first_at <= denied.last_at


def test_a_task_of_a_client_whose_rights_were_withdrawn_is_a_decision(desk: DecisionDesk, recorder: Recorder) -> None:
    desk.note_task("bank", "verify", Refusal("right", "withdrawn"))
    desk.note_task("bank", "verify", Refusal("content", "a blank picture"))
    assert desk.flush()
    ((denied,),) = recorder.reports
    assert (denied.client, denied.route, denied.reason) == ("bank", "TASK verify", "right")


def test_a_worker_learns_that_nothing_is_recorded_any_more() -> None:
    stopped, learned = replace(STATE, stopped=True), list[AuditState]()

    def report(decisions: tuple[Decision, ...]) -> AuditState:
        if decisions:
            raise AnchorsStaleError("the log waits")
        return stopped

    desk = DecisionDesk(report, learned.append)
    desk.note(exchange(denied="token", status=401))
    assert not desk.flush()
    assert learned == [stopped] and desk.waiting == 1


def test_granted_calls_are_told_apart_however_many_kinds_there_are(desk: DecisionDesk, recorder: Recorder) -> None:
    caller = Caller(client="bank", subject="bank")
    for number in range(MOST_GRANTED + 1):
        desk.note(exchange(client="bank", caller=replace(caller, purpose=f"purpose {number}")))
    assert desk._wake.is_set()
    assert desk.flush()
    assert len(recorder.reports[0]) == MOST_GRANTED + 1


def test_the_thread_reports_what_is_left_at_its_end(desk: DecisionDesk, recorder: Recorder) -> None:
    desk.start()
    desk.note(exchange(denied="token", status=401))
    desk.stop()
    assert sum(one.count for report in recorder.reports for one in report) == 1


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    home = tmp_path_factory.mktemp("decided") / "home"
    with InProcess(home, parts={"/t": samples.build}, clients=RIGHTS) as made:
        yield made


def told(served: InProcess) -> list[tuple[Any, ...]]:
    """Return what the trail tells of the decisions since the last call."""
    since = served.registry.counts().events
    assert served.desk.decisions.flush()
    return [
        (
            event.action.removeprefix("access."),
            event.details.get("reason"),
            event.details.get("status"),
            event.actor.client if event.actor else "",
            event.actor.route if event.actor else "",
            event.details["count"],
        )
        for event in served.registry.events(since)
    ]


@pytest.mark.parametrize(
    ("client", "scopes", "claims", "method", "expected"),
    [
        ("tester", ("things.read",), {}, "GET", ("granted", None, None, "tester", 1)),
        (None, (), {}, "GET", ("denied", "token", 401, None, 1)),
        ("tester", ("other",), {}, "GET", ("denied", "scope", 403, "tester", 1)),
        ("poor", ("things.read", "things.write"), {}, "PUT", ("denied", "scope", 403, "poor", 1)),
        ("bank", ("things.read",), {"purpose": "curiosity"}, "GET", ("denied", "purpose", 403, "bank", 1)),
        ("tester", ("things.read",), {"exp": 1}, "GET", ("denied", "token", 401, None, 1)),
    ],
)
def test_the_trail_tells_what_the_gate_decided(  # noqa: PLR0917
    served: InProcess,
    client: str | None,
    scopes: tuple[str, ...],
    claims: dict[str, Any],
    method: str,
    expected: tuple[Any, ...],
) -> None:
    told(served)
    given = claims if client is None else {"client": client, **claims}
    with served.client(*scopes, prefix="/t", **given) as asking:
        asking.request(method, f"/things/{samples.SECRET}", json={"name": "x"} if method == "PUT" else None)
    (found,) = told(served)
    assert (*found[:4], found[5]) == expected
    assert found[4] == f"{method} /t/things/{{name}}"
    assert samples.SECRET not in str(served.registry.events()[-1])


def test_who_asks_too_much_is_told_of_once_with_the_number(served: InProcess) -> None:
    told(served)
    with served.client("things.read", prefix="/t", client="slow") as asking:
        statuses = [asking.get("/things/a").status_code for _ in range(40)]
    counted = {(one[0], one[1]): one[5] for one in told(served)}
    assert counted == {("granted", None): statuses.count(200), ("denied", "rate"): statuses.count(429)}
    assert served.registry.check() == []

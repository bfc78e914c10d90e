"""Tasks whose worker ended after the change and before it could tell: performed again, they find their work done."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from api.http.access import Caller
from api.http.clients import DEVELOPMENT
from api.http.problems import Refusal
from api.osia.abis.calls import AbisCall
from api.osia.abis.performing import perform
from tests.api.http.fixtures import InProcess
from tests.api.osia.abis.conftest import encounter, finger


def _call(operation: str, **path: str) -> AbisCall:
    caller = Caller(client="tester", subject="tester", rights=DEVELOPMENT)
    return AbisCall(operation=operation, caller=caller, path=path, query={"transactionId": "T1"}, task_id="task-1")


@pytest.fixture
def calls(client: httpx.Client, somebody: int) -> dict[str, AbisCall]:
    for name, number in (("A", somebody * 3), ("B", somebody * 3 + 1)):
        path = f"/v1/persons/{name}{somebody}/encounters/of-{name}"
        answer = client.post(path, json=encounter(finger(20_000 + number)))
        assert answer.status_code == 200, answer.text
    first, second = f"A{somebody}", f"B{somebody}"
    return {
        "merge": _call("mergeEncounter", personIdTarget=first, personIdSource=second),
        "move": _call("moveEncounter", personIdTarget=first, personIdSource=second, encounterId="of-B"),
        "delete": _call("deleteEncounter", personId=first, encounterId="of-A"),
        "delete all": _call("deleteAll", personId=first),
    }


@pytest.mark.parametrize("which", ["merge", "move", "delete", "delete all"])
def test_it_is_done_once_and_told_twice(which: str, calls: dict[str, AbisCall], served: InProcess) -> None:
    assert perform(served.desk, calls[which]).status == 204
    changed = served.registry.latest_sequence()
    assert perform(served.desk, calls[which]).status == 204
    assert served.registry.latest_sequence() == changed


@pytest.mark.parametrize("which", ["merge", "move", "delete", "delete all"])
def test_who_asks_at_once_learns_that_it_is_gone(which: str, calls: dict[str, AbisCall], served: InProcess) -> None:
    at_once = replace(calls[which], task_id=None)
    assert perform(served.desk, at_once).status == 204
    with pytest.raises(Refusal) as refused:
        perform(served.desk, at_once)
    assert refused.value.status == 404


@pytest.mark.parametrize("which", ["merge", "move"])
def test_a_task_about_somebody_else_is_not_done(which: str, calls: dict[str, AbisCall], served: InProcess) -> None:
    known = calls[which]
    with pytest.raises(Refusal) as refused:
        perform(served.desk, replace(known, path={**known.path, "personIdSource": "nobody"}))
    assert refused.value.status == 404


def test_what_the_target_always_had_was_not_moved(
    calls: dict[str, AbisCall], served: InProcess, client: httpx.Client
) -> None:
    target = calls["move"].path["personIdTarget"]
    never = replace(calls["move"], path={**calls["move"].path, "encounterId": "of-A"})
    with pytest.raises(Refusal) as refused:
        perform(served.desk, never)
    assert refused.value.status == 404
    assert client.get(f"/v1/persons/{target}/encounters/of-A", params={"transactionId": "T"}).status_code == 200


@pytest.mark.parametrize("which", ["delete", "delete all"])
@pytest.mark.parametrize("meanwhile", ["merged away", "moved away"])
def test_what_lives_on_as_another_s_was_not_deleted(
    which: str, meanwhile: str, calls: dict[str, AbisCall], served: InProcess
) -> None:
    first, second = calls["merge"].path["personIdTarget"], calls["merge"].path["personIdSource"]
    path = {"personIdTarget": second, "personIdSource": first}
    if meanwhile == "merged away":
        perform(served.desk, _call("mergeEncounter", **path))
    else:
        perform(served.desk, _call("moveEncounter", **path, encounterId="of-A"))
    with pytest.raises(Refusal) as refused:
        perform(served.desk, calls[which])
    assert refused.value.status == 404

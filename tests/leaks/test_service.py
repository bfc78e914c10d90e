"""A canary name, number, label, picture and template put through the running service show in its answers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from api.installation import open_installation
from api.wiring import open_registry
from benchmarks.load.processes import descendants
from benchmarks.load.server import running_server
from biometrics.template_codec import encode_template
from tests.databases import give_database
from tests.journeys.osia.conftest import ALL_SCOPES
from tests.leaks.deposits import Deposit, accepted, refused
from tests.leaks.scanner import Leak, find, find_in, windows
from tests.leaks.watching import shown_by_processes, watching

pytestmark = pytest.mark.slow

SCOPES = f"{ALL_SCOPES} kura.persons.read kura.persons.write kura.metrics"


@dataclass(kw_only=True)
class Run:
    """What a run left behind."""

    home: Path
    log: bytes
    deposit: Deposit
    canaries: dict[str, str | bytes]
    answers: list[httpx.Response] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)
    metrics: bytes = b""
    temporary: list[Leak] = field(default_factory=list)
    shown: list[Leak] = field(default_factory=list)
    dumps: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("leaks")
    home, temporary = folder / "home", folder / "temporary"
    for made in (home, temporary):
        made.mkdir(mode=0o700)
    give_database(home)
    deposit = Deposit()
    canaries = deposit.canaries()
    token = ("--purpose", "tests", "--role", "supervisor", "--subject", "someone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with (
            watching([temporary, Path("/dev/shm")], canaries) as tell,
            running_server(home, folder / "server.log", scopes=SCOPES, more=token) as server,
        ):
            done = Run(home=home, log=b"", deposit=deposit, canaries=canaries)
            with server.client() as client:
                for answer in accepted(client, deposit):
                    done.answers.append(answer)
                    done.shown += shown_by_processes(server.pid, canaries)
                done.refusals.extend(refused(client, deposit))
                done.metrics = client.get("/metrics").content
            done.dumps = [_dumps(pid) for pid in descendants(server.pid) if _holds_people(pid)]
            done.temporary = tell()
    done.log = (folder / "server.log").read_bytes()
    yield done


def _holds_people(pid: int) -> bool:
    words = Path(f"/proc/{pid}/cmdline").read_bytes()
    return b"api.serve.worker" in words or b"api.serve.engine" in words


def _dumps(pid: int) -> str:
    """Return the limit of a process's core dumps."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    return next(line.split()[4] for line in limits.splitlines() if line.startswith("Max core"))


def test_everything_was_put_in(run: Run) -> None:
    """Without this the others could pass because nothing was there to leak."""
    assert [answer.status_code for answer in run.answers] == [200] * 8, [answer.text[:200] for answer in run.answers]
    told = b"".join(answer.content for answer in run.answers)
    for name in ("given name", "family name", "number", "label", "picture 0, piece 2"):
        assert find_in(told, {name: run.canaries[name]}, "answers"), name
    assert {answer.status_code // 100 for answer in run.refusals} == {4}


def test_a_canary_is_nowhere_but_in_answers(run: Run) -> None:
    assert find_in(run.log, run.canaries, "log") == []
    assert find_in(run.metrics, run.canaries, "metrics") == []
    assert run.temporary == []
    assert run.shown == []
    for answer in (*run.answers, *run.refusals):
        head = b"\n".join(name + b": " + value for name, value in answer.headers.raw)
        assert find_in(head, run.canaries, f"head of {answer.request.url.path}") == []


def test_a_refusal_repeats_nothing(run: Run) -> None:
    leaks = [leak for answer in run.refusals for leak in find_in(answer.content, run.canaries, str(answer.url))]
    assert leaks == []


def test_every_line_of_the_log_is_json(run: Run) -> None:
    lines = run.log.splitlines()
    assert len(lines) > len(run.answers) + len(run.refusals)
    for line in lines:
        assert isinstance(json.loads(line), dict), line


def test_no_process_that_holds_people_is_dumped(run: Run) -> None:
    assert len(run.dumps) >= 2
    assert set(run.dumps) == {"0"}


def test_the_disk_without_the_key_holds_none(run: Run) -> None:
    """Everything in the home but the key from outside, after the service has ended."""
    canaries = dict(run.canaries)
    installation = open_installation(run.home, create=False)
    with open_registry(installation, create=False) as registry, registry.reading() as record:
        made = [one.template for one in record.references(record.people.find(run.deposit.label))]
    assert made
    for number, piece in enumerate(windows(encode_template(made[0])[300:], count=3, length=12)):
        canaries[f"template, piece {number}"] = piece
    leaks = [leak for leak in find(run.home, canaries) if not leak.place.endswith("protection.key")]
    assert leaks == []

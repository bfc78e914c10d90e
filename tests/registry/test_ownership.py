"""One process owns a registry; a killed owner leaves it free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from biometrics.errors import RecordBusyError
from registry.ownership import OwnerRole, await_end, own, owner_of, try_to_own
from registry.store import Registry

_OWN_AND_WAIT = """
import sys
from pathlib import Path
from registry.ownership import OwnerRole, own
with own(Path(sys.argv[1]), OwnerRole(sys.argv[2]), 5.0):
    print("owned", flush=True)
    sys.stdin.read()
"""


def start_owner(home: Path, role: OwnerRole) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _OWN_AND_WAIT, str(home), role.value]
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None and owner.stdout.readline() == "owned\n"
    return owner


def test_a_registry_is_owned_once_and_free_again_afterwards(tmp_path: Path) -> None:
    with own(tmp_path, OwnerRole.COMMAND, 0.0):
        assert try_to_own(tmp_path, OwnerRole.COMMAND) is None
        with pytest.raises(RecordBusyError, match=f"command with process id {os.getpid()} owns this registry"):
            own(tmp_path, OwnerRole.COMMAND, 0.0)
    with own(tmp_path, OwnerRole.ENGINE, 0.0):
        owner = owner_of(tmp_path)
        assert owner is not None and (owner.pid, owner.role) == (os.getpid(), OwnerRole.ENGINE)


@pytest.mark.parametrize("role", OwnerRole)
def test_another_process_owns_until_it_is_killed(tmp_path: Path, role: OwnerRole) -> None:
    with start_owner(tmp_path, role) as owner:
        with pytest.raises(RecordBusyError, match=f"{role.value} with process id {owner.pid} owns"):
            own(tmp_path, OwnerRole.COMMAND, 0.05)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    with own(tmp_path, OwnerRole.COMMAND, 0.0):
        pass


def test_waiting_ends_when_the_owner_does(tmp_path: Path) -> None:
    with start_owner(tmp_path, OwnerRole.COMMAND) as owner:
        assert owner.stdin is not None
        assert try_to_own(tmp_path, OwnerRole.COMMAND) is None
        owner.stdin.close()
        with own(tmp_path, OwnerRole.COMMAND, 30.0):
            pass


def test_an_engine_is_not_waited_for_unless_it_was_told_to_end(tmp_path: Path) -> None:
    with start_owner(tmp_path, OwnerRole.ENGINE) as owner:
        assert owner.stdin is not None
        with pytest.raises(RecordBusyError, match="kura engine stop"):
            own(tmp_path, OwnerRole.COMMAND, 3600.0)
        with pytest.raises(RecordBusyError):
            await_end(tmp_path, 0.0)
        owner.stdin.close()
        await_end(tmp_path, 30.0)
        assert owner_of(tmp_path) is None


def test_the_lock_file_is_private(tmp_path: Path) -> None:
    with own(tmp_path, OwnerRole.COMMAND, 0.0):
        assert (tmp_path / "registry" / "owner.lock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "registry").stat().st_mode & 0o777 == 0o700


@pytest.mark.postgresql_only
def test_homes_that_name_one_database_have_one_owner(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    Registry.open(here).close()
    (elsewhere / "registry").mkdir(parents=True, mode=0o700)
    (elsewhere / "registry" / "database.url").write_text((here / "registry" / "database.url").read_text())
    with own(here, OwnerRole.COMMAND, 0.0), pytest.raises(RecordBusyError, match="another process owns"):
        own(elsewhere, OwnerRole.COMMAND, 0.0)
    with own(elsewhere, OwnerRole.COMMAND, 0.0):
        assert try_to_own(here, OwnerRole.COMMAND) is None

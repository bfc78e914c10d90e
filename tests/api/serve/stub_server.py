"""A supervisor of stub workers and a real engine, as a process: the first argument is the home."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from api.installation import open_installation
from api.serve.listening import listen, url_of
from api.serve.logs import log_as_json
from api.serve.notice import only_server
from api.serve.supervisor import ServePlan, Supervisor
from api.server_settings import TLS_OWN, ServerSettings


def main() -> None:
    home = Path(sys.argv[1])
    server = open_installation(home, create=True).settings.server
    with only_server(home):
        _serve(home, server)


def _serve(home: Path, server: ServerSettings) -> None:
    listener = listen(server.host, server.port)
    plan = ServePlan(
        home=home,
        url=url_of(listener, tls=server.tls == TLS_OWN),
        development=True,
        workers=server.processes,
        request_timeout_s=server.request_timeout_s,
        engine=lambda _, followed: [
            *(sys.executable, "-m", "api.serve.engine"),
            *("--home", str(home), "--followed", str(followed)),
        ],
        worker=lambda heard, followed: [
            *(sys.executable, "-m", "tests.api.serve.stub_worker"),
            *(str(home), str(heard), str(followed)),
        ],
    )
    supervisor = Supervisor(plan, listener)
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: supervisor.stop())
    log_as_json()
    print(plan.url, flush=True)
    supervisor.run()


if __name__ == "__main__":
    main()

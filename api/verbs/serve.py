"""`kura serve`: the HTTP service, with as many workers as there are cores and one engine behind them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.installation import Installation
    from api.serve.supervisor import Command, ServePlan

SUMMARY = "serve the HTTP interfaces until told to end (SIGTERM or Ctrl-C); logs to standard error"

_MOST_WORKERS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--dev",
        action="store_true",
        help="take tokens of kura token, on this machine only; without it, what is unsafe is refused",
    )
    parser.add_argument("--host", help="address to listen on (default: server.host of the settings)")
    parser.add_argument("--port", type=shared.port, metavar="N", help="port (default: server.port; 0 for any free one)")
    parser.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="worker processes (default: server.workers, else one per core)",
    )


def _workers(text: str) -> int:
    return shared.whole_number(text, least=1, most=_MOST_WORKERS)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    from api.command_line import DONE
    from api.installation import open_installation
    from api.serve.development import make_issuer
    from api.serve.notice import only_server
    from api.serve.safety import require_development, require_production

    installation = _chosen(open_installation(arguments.home, create=True), arguments)
    home, server = installation.home, installation.settings.server
    if arguments.dev:
        require_development(server)
        make_issuer(home)
    else:
        require_production(home, server, installation.settings.protection)
    with only_server(home):  # before an address is taken, and printed
        _serve(installation, development=arguments.dev)
    return DONE


def _serve(installation: Installation, *, development: bool) -> None:
    import signal

    from api.serve.listening import listen, url_of
    from api.serve.logs import log_as_json
    from api.serve.supervisor import Supervisor
    from api.server_settings import TLS_OWN

    server = installation.settings.server
    listener = listen(server.host, server.port)
    plan = _plan(installation, url_of(listener, tls=server.tls == TLS_OWN), development=development)
    supervisor = Supervisor(plan, listener)
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: supervisor.stop())
    log_as_json()
    if not development and not installation.settings.audit.has_sink:
        _warn_of_no_sink()
    print(plan.url, flush=True)
    supervisor.run()


def _warn_of_no_sink() -> None:
    """Say that the log is anchored nowhere.

    It is not refused: to be rid of that, a sink on the same disk would be named, which protects nothing.
    """
    import structlog

    remedy = "set sink_file or sink_url in the table [audit] of the settings; see docs/audit.md"
    structlog.get_logger().warning("audit.no_second_sink", remedy=remedy)


def _chosen(installation: Installation, arguments: argparse.Namespace) -> Installation:
    """Return the installation with what the command line says in place of its settings."""
    import dataclasses

    given = {name: getattr(arguments, name) for name in ("host", "port", "workers")}
    server = dataclasses.replace(
        installation.settings.server, **{name: value for name, value in given.items() if value is not None}
    )
    return dataclasses.replace(installation, settings=dataclasses.replace(installation.settings, server=server))


def _plan(installation: Installation, url: str, *, development: bool) -> ServePlan:
    from api.serve.supervisor import ServePlan

    server = installation.settings.server
    return ServePlan(
        home=installation.home,
        url=url,
        development=development,
        workers=server.processes,
        request_timeout_s=server.request_timeout_s,
        engine=_engine(installation),
        worker=_worker(installation, development=development),
        engines_own=frozenset(filter(None, [installation.settings.protection.variable])),
    )


def _engine(installation: Installation) -> Command:
    home = str(installation.home)
    return lambda _, followed: [*_module("api.serve.engine"), "--home", home, "--followed", str(followed)]


def _worker(installation: Installation, *, development: bool) -> Command:
    given = ["--home", str(installation.home), "--workers", str(installation.settings.server.processes)]
    mode = ["--dev"] if development else []
    return lambda heard, followed: [
        *_module("api.serve.worker"), *given, *mode, "--heard", str(heard), "--followed", str(followed)
    ]  # fmt: skip


def _module(name: str) -> list[str]:
    import sys

    return [sys.executable, "-P", "-m", name]  # -P: what lies in the current folder is not imported

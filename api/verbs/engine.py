"""`kura engine`: one process that owns the registry and its gallery, and serves all other commands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.installation import Installation
    from enrollment.engine.client import EngineClient

SUMMARY = "own the registry and its gallery, and serve all other commands, which then need not build it"

_STEPS = (
    ("run", "serve until told to end (SIGTERM, Ctrl-C, or kura engine stop); logs to standard error"),
    ("status", "say whether an engine runs, and how many persons it can find"),
    ("stop", "let the engine finish what it has begun, and end"),
)

_STOP_WITHIN_S = 600.0
"""An engine that has not ended by then works on something that nobody should wait for without knowing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for name, summary in _STEPS:
        step = verbs.add_parser(name, help=summary, description=summary)
        shared.add_home(step)
        if name != "run":
            shared.add_json(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step; `status` returns 1 where no engine runs."""
    from api.installation import open_installation

    steps = {"run": _run, "status": _status, "stop": _stop}
    installation = open_installation(arguments.home, create=arguments.step == "run")
    return steps[arguments.step](installation, arguments.json)


def _run(installation: Installation, _: bool) -> int:
    import signal

    from api import serving, wiring
    from api.command_line import DONE
    from api.private_memory import keep_memory_private
    from api.progress import progress_display
    from api.rights.rounds import rounds_made
    from enrollment.engine.local import LocalService
    from enrollment.engine.server import Engine
    from registry.location import registry_folder
    from registry.ownership import OwnerRole

    keep_memory_private()
    _log_what_happens()
    folder, settings = registry_folder(installation.home), serving.settings_digest(installation)
    with serving.owned_registry(installation, create=True, role=OwnerRole.ENGINE) as registry:
        galleries = wiring.open_galleries(registry, installation)
        with progress_display() as progress:
            owner = serving.open_owner(galleries, registry, installation, progress)
            owner.office()  # opens the gallery, so that nobody waits for it later
        engine = Engine(owner, folder, settings)
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: engine.stop())
        own = LocalService(owner)
        with galleries.kept_regularly(), rounds_made(own.call, installation.home):
            engine.serve()
    return DONE


def _log_what_happens() -> None:
    """Log what is served too, unless the user has chosen otherwise by KURA_LOG."""
    import os

    import structlog

    if not os.environ.get("KURA_LOG"):
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(20))


def _status(installation: Installation, as_json: bool) -> int:
    from api.command_line import DONE, NEGATIVE

    engine = _find(installation)
    if engine is None:
        shared.print_json({"running": False}) if as_json else print("no engine runs")
        return NEGATIVE
    with engine:
        state, greeting = engine.state(), engine.greeting
    document = {
        "running": True,
        "pid": greeting.pid,
        "version": greeting.version,
        "persons": state.persons,
        "generation": state.generation,
        "policy": state.policy_version,
        "settings_changed_since": greeting.settings != _digest(installation),
    }
    if as_json:
        shared.print_json(document)
    else:
        print("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in document.items()))
    return DONE


def _stop(installation: Installation, as_json: bool) -> int:
    import os
    import signal

    from api.command_line import DONE
    from enrollment.engine.address import connect, peer
    from registry.location import registry_folder
    from registry.ownership import await_end

    connection = connect(registry_folder(installation.home))
    if connection is not None:
        with connection:
            pid, _ = peer(connection)
            os.kill(pid, signal.SIGTERM)
        await_end(installation.home, _STOP_WITHIN_S)
    document = {"stopped": connection is not None}
    if as_json:
        shared.print_json(document)
    else:
        print("the engine has ended" if document["stopped"] else "no engine runs")
    return DONE


def _find(installation: Installation) -> EngineClient | None:
    from enrollment.engine.client import find_engine
    from registry.location import registry_folder

    return find_engine(registry_folder(installation.home), None)


def _digest(installation: Installation) -> str:
    from api import serving

    return serving.settings_digest(installation)

"""`kura rights notify`: the gateway is told what is due; an engine does so by itself."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY, ROLE = "notify", "tell the gateway of rights.toml what is due: references, nothing personal", "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Tell."""
    from api.installation import open_installation
    from api.rights.gateway import tell_due
    from api.rights.rights_settings import read_rights_settings

    gateway = read_rights_settings(open_installation(arguments.home, create=False).home).gateway
    with asking.service(arguments) as service:
        taken, lost = tell_due(service.call, gateway)
    lines = [f"{taken} told, {lost} to be tried again"] if gateway.url else ["no gateway is set in rights.toml"]
    return asking.report(arguments, {"told": taken, "failed": lost}, lines)

"""`kura card profiles`: which documents there are profiles for."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY = "profiles", "list the profiles of documents, and say of each whether it can be read"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """List the profiles."""
    from dataclasses import asdict

    from api.installation import look_at_installation
    from enrollment.issuing.profile import profile_names, read_profile

    home = look_at_installation(arguments.home).home
    found = [read_profile(home, name) for name in profile_names(home)]
    documents = [{name: asdict(one)[name] for name in ("name", "title", "validity_years", "sha256")} for one in found]
    lines = [f"{one.name}: {one.title}, {one.zone.value}, {one.validity_years} years" for one in found]
    return asking.report(arguments, {"profiles": documents}, lines)

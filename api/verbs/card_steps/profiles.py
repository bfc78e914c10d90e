"""`kura card profiles`: which documents there are profiles for."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY = "profiles", "list the profiles of documents, and say of each whether it can be read"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """List the profiles; 3 when one cannot be read, which keeps no other from being listed."""
    from api.command_line import BAD_INPUT
    from api.installation import look_at_installation
    from biometrics.errors import ConfigurationError
    from enrollment.issuing.profile import profile_names, read_profile

    home = look_at_installation(arguments.home).home
    documents, lines, wrong = list[dict[str, object]](), list[str](), False
    for name in profile_names(home):
        try:
            one = read_profile(home, name)
        except ConfigurationError as error:
            documents.append({"name": name, "error": error.message})
            lines.append(f"WRONG  {error}")
            wrong = True
            continue
        documents.append({told: getattr(one, told) for told in ("name", "title", "validity_years", "sha256")})
        lines.append(f"{one.name}: {one.title}, {one.zone.value}, {one.validity_years} years")
    code = asking.report(arguments, {"profiles": documents}, lines)
    return BAD_INPUT if wrong else code

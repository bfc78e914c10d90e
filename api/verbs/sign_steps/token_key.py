"""`kura sign token-key`: a key in a token, to be named in the settings."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME = "token-key"
SUMMARY = "make a key in a token that signs and can neither be read nor taken out of it"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "uri", metavar="URI", help="pkcs11:token=NAME;object=NAME?module-path=LIBRARY&pin-source=file:FILE"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the key; the registry is not asked."""
    from biometrics.signing.level import SignatureLevel
    from registry.keys.pkcs11_uri import TokenKey
    from registry.signing.token import TokenSigner, make_signing_key

    key = TokenKey.parse(arguments.uri)
    make_signing_key(key)
    made = TokenSigner(key, SignatureLevel.SIMPLE)
    lines = [f"{made.key_id}, {made.algorithm.value}", "name the URI in the table [signing] of the settings"]
    document = {"key_id": made.key_id, "algorithm": made.algorithm.value, "held": key.name}
    return asking.report(arguments, document, lines)

"""`kura keys token`: a key made inside a PKCS#11 token."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY = "token", "make a key inside a PKCS#11 token; kura keys change then lets it protect the registry"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("uri", metavar="URI", help="pkcs11:token=..;object=..?module-path=..&pin-source=file:..")


def run(arguments: argparse.Namespace) -> int:
    """Make the key; it never leaves the token."""
    from registry.keys.pkcs11 import TokenKeyEncryption, make_wrapping_key
    from registry.keys.pkcs11_uri import TokenKey

    chosen = TokenKey.parse(arguments.uri)
    make_wrapping_key(chosen)
    key_id = TokenKeyEncryption(chosen).key_id
    return asking.report(arguments, {"key": key_id}, [f"{key_id} made in the token"])

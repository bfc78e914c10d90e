"""`kura keys change`: another key from outside."""

from __future__ import annotations

import argparse
from functools import partial

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "change", "let another key protect the registry, and the present one not any more; no engine may run"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--to", required=True, metavar="KEY", help="file:PATH (made where there is none), env:NAME or pkcs11:..."
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Wrap the root by the new key, name it in the settings, and let the former key open nothing any more."""
    from api import serving
    from api.installation import open_installation
    from api.protection_settings import name_key
    from api.settings import FILE_NAME
    from biometrics.errors import ConfigurationError
    from registry.keys.choosing import RECOVERY, key_path, open_or_make_key

    installation = open_installation(arguments.home, create=False)
    if arguments.to.startswith(RECOVERY):
        raise ConfigurationError("a recovery key is for emergencies", remedy="give file:, env: or pkcs11:")
    with serving.owned_registry(installation, create=False) as registry:
        path = key_path(arguments.to)
        made = path is not None and not path.exists()
        new = open_or_make_key(arguments.to)
        settings = installation.home / FILE_NAME
        registry.protection.change(new, shared.actor_of(arguments), then=partial(name_key, settings, arguments.to))
    protection = installation.settings.protection
    former = key_path(protection.key) if protection.key else protection.file_in(installation.home)
    lines = [f"the registry is protected by {new.key_id}; {settings} names it"]
    if made:
        lines.append(f"there was no key in {path}: this one was made; see that the medium is mounted, and keep a copy")
    if former is not None and former != path and former.exists():
        lines.append(f"{former} opens only backups from before: move it to them, or destroy it")
    return asking.report(arguments, {"key": new.key_id, "settings": str(settings)}, lines)

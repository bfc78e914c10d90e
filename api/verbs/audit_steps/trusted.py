"""The keys that steps of `kura audit` believe."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biometrics.signing.trust import KeySet


def add_key(step: argparse.ArgumentParser) -> None:
    """Add --key."""
    step.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="trusted public keys, as kura sign keys writes them; keep them where the registry is not",
    )


def read_keys(path: Path) -> KeySet:
    """Read trusted keys.

    Raises
    ------
    StorageError
        When the file cannot be read.
    ConfigurationError
        When it holds none.
    """
    from biometrics.errors import ConfigurationError, StorageError
    from biometrics.signing.trust import KeySet

    try:
        return KeySet.read(path.read_bytes())
    except OSError as error:
        raise StorageError(f"the keys cannot be read: {error.strerror}", source=str(path)) from error
    except ConfigurationError as error:
        raise error.at(str(path)) from None

"""A token of SoftHSM for tests: of its own in a folder, that can be unplugged and plugged in again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "simulated-pin"


class Token:
    """A token labelled `kura`, with its PIN in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tokens = folder / "tokens"
        self.pin_file = folder / "pin"

    def uri(self, name: str) -> str:
        return f"pkcs11:token=kura;object={name}?module-path={LIBRARY}&pin-source=file:{self.pin_file}"

    def unplug(self) -> None:
        self._tokens.rename(self.folder / "unplugged")

    def plug(self) -> None:
        (self.folder / "unplugged").rename(self._tokens)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Token]:
    pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    if not LIBRARY.is_file() or which("softhsm2-util") is None:
        pytest.skip("SoftHSM 2 is not installed")
    folder = tmp_path / "softhsm"
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    made = ["softhsm2-util", "--init-token", "--free", "--label", "kura", "--pin", PIN, "--so-pin", "simulated-so-pin"]
    subprocess.run(made, check=True, capture_output=True)
    found = Token(folder)
    found.pin_file.touch(mode=0o600)
    found.pin_file.write_text(f"{PIN}\n")
    pkcs11.lib(str(LIBRARY)).reinitialize()  # another test may have loaded it for its own token
    yield found
    if (folder / "unplugged").exists():
        found.plug()
    pkcs11.lib(str(LIBRARY)).finalize()

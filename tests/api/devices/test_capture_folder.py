"""What is left of a folder's session when its capture is finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.devices.capture_folder import CaptureFolder
from biometrics.errors import ConfigurationError
from enrollment.capture.handing_over import MANIFEST


@pytest.mark.parametrize("cut_off", [False, True])
def test_nothing_is_left_of_a_finished_session_but_what_is_not_its_own(tmp_path: Path, cut_off: bool) -> None:
    folder = CaptureFolder(tmp_path / "p7")
    folder.begin("P-7")
    folder.manifest.write_text("")
    if cut_off:
        with pytest.raises(ConfigurationError, match="captured into this folder already"):
            folder.require_usable("P-7")
    else:
        folder.erase_session()
    assert [path.name for path in folder.path.iterdir()] == [MANIFEST]
    (folder.path / "session").mkdir()
    (folder.path / "session" / "letter.txt").write_text("dear")
    folder.erase_session()
    assert (folder.path / "session" / "letter.txt").exists()

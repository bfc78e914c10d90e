"""Calls generated from OSIA's own interface files, against the running service: every answer must be one they allow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.load.server import RunningServer
from tests.databases import SERVER
from tests.shared_data import DATA

OSIA = Path(os.environ.get("KURA_OSIA", DATA.parent / "reference" / "osia"))
"""The interface files, which are not ours to ship."""

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "ignored_auth",
)
_THOROUGH = bool(os.environ.get("KURA_TEST_THOROUGH"))
_EXAMPLES = "150" if _THOROUGH else "12"
_INTERFACES = {"abis": "abis", "enrollment": "enrollment", "3rdparty": "3rdparty"}
"""Interface files and where the service has them."""

pytestmark = [pytest.mark.slow, pytest.mark.data]


@pytest.mark.skipif(not OSIA.is_dir(), reason="OSIA's interface files are not present: conformance was not checked")
@pytest.mark.parametrize("interface", _INTERFACES)
def test_answers_are_those_of_the_interface(interface: str, served: RunningServer, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(OSIA / f"{interface}.yaml")]
    command += ["--url", f"{served.url}/osia/{_INTERFACES[interface]}"]
    command += ["--header", f"Authorization: Bearer {served.token}", "--checks", ",".join(_CHECKS)]
    # Every boundary of every parameter is tried once, on SQLite, and on every database on request.
    phases = "examples,fuzzing" if SERVER in os.environ and not _THOROUGH else "examples,coverage,fuzzing"
    command += ["--phases", phases, "--max-examples", _EXAMPLES, "--seed", "20261127"]
    command += ["--request-timeout", "120", "--continue-on-failure", "--warnings", "off"]
    command += ["--suppress-health-check", "all"]
    environment = {**os.environ, "NO_COLOR": "1"}
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout[-20_000:] + finished.stderr[-2_000:]

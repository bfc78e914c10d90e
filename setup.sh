#!/bin/sh
# Builds the virtual environment from requirements.lock. Needs python3 >= 3.11 with pip, on x86-64 Linux; names what is missing.
set -eu
: "${PYTHON:=python3}" "${VENV:=.venv}"

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "requirements.lock holds packages for Linux on x86-64 only"
command -v "$PYTHON" >/dev/null || fail "$PYTHON is missing: apt-get install python3 python3-pip"
"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' ||
    fail "Python 3.11 to 3.14 is needed, $PYTHON is $("$PYTHON" -V); name another with make setup PYTHON=..."
"$PYTHON" -m pip --version >/dev/null 2>&1 || fail "pip is missing: apt-get install python3-pip"

# Without --without-pip, Debian would ask for python3-venv too; the outer pip fills the environment just as well.
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv --without-pip "$VENV"
into() { "$PYTHON" -m pip --python "$VENV/bin/python" --disable-pip-version-check install --quiet "$@"; }
echo "setup: installing the locked packages into $VENV (about a minute the first time)"
into --require-hashes --no-deps -r requirements.lock
into --no-deps --no-build-isolation --editable .

missing=$("$VENV/bin/python" - <<'PYTHON_CODE'
import ctypes

packages = {"libGL.so.1": "libgl1", "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}
absent = set()
for library, package in packages.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        absent.add(package)
print(*sorted(absent))
PYTHON_CODE
)
[ -z "$missing" ] || fail "OpenCV needs system libraries: apt-get install --no-install-recommends $missing"
"$VENV/bin/python" -c 'import cv2, faiss, numba, onnxruntime' || fail "an installed package does not load, see above"
echo "setup: done; try $VENV/bin/kura --help"

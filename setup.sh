#!/bin/sh
# Builds the virtual environment from requirements.lock. Needs python3 >= 3.11 with pip, on x86-64 Linux; names what is missing.
set -eu
: "${PYTHON:=python3}" "${VENV:=.venv}"

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "requirements.lock holds packages for Linux on x86-64 only"
# Debian packages that are missing, all in one go; OpenCV needs the libraries.
missing_packages() {
    command -v "$PYTHON" >/dev/null || { echo "python3 python3-pip libgl1 libglib2.0-0"; return; }
    "$PYTHON" -m pip --version >/dev/null 2>&1 || echo "python3-pip"
    "$PYTHON" - <<'PYTHON_CODE'
import sys

try:
    import ctypes, venv
except ImportError:  # Debian's python3-minimal
    print("python3 libgl1 libglib2.0-0")
    sys.exit()

packages = {"libGL.so.1": "libgl1", "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}
absent = set()
for library, package in packages.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        absent.add(package)
print(*sorted(absent))
PYTHON_CODE
}
missing=$(echo $(missing_packages))  # echo joins the lines
[ -z "$missing" ] || fail "this machine lacks packages: apt-get install --no-install-recommends $missing"
"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' ||
    fail "Python 3.11 to 3.14 is needed, $PYTHON is $("$PYTHON" -V); name another with make setup PYTHON=..."

# Whoever was interrupted here may have half a package, which pip would take for a whole one.
[ ! -e "$VENV/unfinished" ] || rm -rf "$VENV"
# Without --without-pip, Debian would ask for python3-venv too; the outer pip fills the environment just as well.
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv --without-pip "$VENV"
touch "$VENV/unfinished"
# What pip --python runs, without the process around it, which answers Ctrl-C with a traceback.
runner=$("$PYTHON" -c 'import pip; print(pip.__path__[0])')/__pip-runner__.py
[ -f "$runner" ] || fail "pip is older than 22.3: $PYTHON -m pip install --user --upgrade pip"
into() { "$VENV/bin/python" "$runner" --disable-pip-version-check install --quiet "$@"; }
echo "setup: installing the locked packages into $VENV (about a minute the first time)"
into --require-hashes --no-deps -r requirements.lock
into --no-deps --no-build-isolation --editable .

"$VENV/bin/python" -c 'import cv2, faiss, numba, onnxruntime' || fail "an installed package does not load, see above"
rm "$VENV/unfinished"
echo "setup: done; try $VENV/bin/kura --help"

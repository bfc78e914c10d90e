"""The engine as a child of `kura serve`: `kura engine run` that ends when its supervisor is gone.

Started by the supervisor as `python -m api.serve.engine`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import structlog

from api.serve.life import follow
from api.serve.logs import log_as_json
from api.verbs import engine
from biometrics.errors import BiometricsError

_REFUSED = 3

_log = structlog.get_logger(__name__)


def main() -> int:
    """Run an engine until told to end; 3 when the installation cannot be used."""
    parser = argparse.ArgumentParser(description="the engine of kura serve")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--followed", type=int, required=True)
    given = parser.parse_args()
    log_as_json()
    follow(given.followed)
    try:
        return engine.run(argparse.Namespace(home=given.home, step="run", json=False))
    except BiometricsError as error:
        _log.error("engine.refused", kind=error.kind, reason=str(error))
        return _REFUSED


if __name__ == "__main__":
    raise SystemExit(main())

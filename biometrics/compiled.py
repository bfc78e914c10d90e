"""Compiled functions: where their machine code is kept, and the flags every one of them is compiled with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import structlog
from numba.core.errors import NumbaError

from biometrics.places import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])

COMPILED_FOLDER = "compiled"

_log = structlog.get_logger(__name__)


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature, at import, unless the cache folder already holds its machine code.

    The compiled function releases the interpreter lock. Arithmetic is strict IEEE 754 (no reassociation, no fused
    multiply-add) and division by zero gives an infinity, so that equal inputs give equal outputs on every machine, as
    long as the function keeps to + - * / and square roots; sine, cosine and arctangent differ between machines.

    Numba notices a change of the file that defines a function, but not of files whose functions or constants it uses:
    a module of compiled functions must be complete in itself. A damaged cache is removed and made anew; without room
    for one, functions are compiled at every start.

    Parameters
    ----------
    signature
        Numba's notation of result and argument types, as in ``float64(int16[::1], int64)``.
    """
    folder = cache_folder() / COMPILED_FOLDER
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]

    def decorate(function: Function) -> Function:
        try:
            return _compile(function, signature, cache=True)
        except NumbaError:
            raise
        except Exception as error:  # noqa: BLE001 - a damaged file fails wherever unpickling stumbles over it
            _log.warning("compiled.rebuild", folder=str(folder), because=type(error).__name__)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            return _compile(function, signature, cache=True)
        except OSError:  # the folder is full or not ours: slower at every start, but it works
            return _compile(function, signature, cache=False)

    return decorate


def _compile(function: Function, signature: str, *, cache: bool) -> Function:
    decorate = numba.njit(signature, cache=cache, nogil=True, fastmath=False, error_model="numpy")
    return cast("Function", decorate(function))

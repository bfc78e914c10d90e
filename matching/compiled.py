"""Compiled functions: where their machine code is kept, and the flags every one of them is compiled with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from biometrics.places import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])

COMPILED_FOLDER = "compiled"


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature, at import, unless the cache folder already holds its machine code.

    The compiled function releases the interpreter lock. Arithmetic is strict IEEE 754 (no reassociation, no fused
    multiply-add) and division by zero gives an infinity, so that equal inputs give equal outputs on every machine, as
    long as the function keeps to + - * / and square roots; sine, cosine and arctangent differ between machines.

    Numba notices a change of the file that defines a function, but not of files whose functions or constants it uses:
    a module of compiled functions must be complete in itself.

    Parameters
    ----------
    signature
        Numba's notation of result and argument types, as in ``float64(int16[::1], int64)``.
    """
    numba.config.CACHE_DIR = str(cache_folder() / COMPILED_FOLDER)  # type: ignore[attr-defined]
    decorate = numba.njit(signature, cache=True, nogil=True, fastmath=False, error_model="numpy")
    return cast("Callable[[Function], Function]", decorate)

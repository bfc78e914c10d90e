"""Which scan kernel this machine runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import numba
from llvmlite.binding import get_host_cpu_features

from biometrics.errors import ConfigurationError
from matching.vectors.kernels.faiss_kernel import FaissKernel
from matching.vectors.kernels.kernel import ScanKernel

KERNELS = ("vnni", "faiss")
"""Names of all kernels, the fastest first."""

VNNI_FEATURES = ("avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni")
"""What the `vnni` kernel needs of a processor, by LLVM's names."""


def choose_kernel(name: str | None = None) -> ScanKernel:
    """Return the fastest kernel that this machine can run, or the one of that name.

    A kernel is compiled only after the processor said that it has the instructions, and the compiler that it may use
    them: `NUMBA_CPU_FEATURES=-avx512vnni` in the environment keeps them from being used.

    Raises
    ------
    ConfigurationError
        When there is no kernel of that name, or this machine cannot run it.
    """
    if name not in (None, *KERNELS):
        names = ", ".join(KERNELS)
        raise ConfigurationError("there is no such scan kernel", source=name, remedy=f"there are {names}")
    if name != "faiss" and supports_vnni():
        return _vnni()
    if name == "vnni":
        remedy = "name no kernel, to have the fastest that runs here"
        raise ConfigurationError("this processor has no AVX512-VNNI instructions", source=name, remedy=remedy)
    return FaissKernel()


def supports_vnni(*, host: Mapping[str, bool] | None = None, compiler: str | None = None) -> bool:
    """Return whether the processor has the instructions of the `vnni` kernel, and the compiler may use them.

    Parameters
    ----------
    host
        Features of the processor that the operating system allows; None asks it.
    compiler
        Features that code is compiled for, as in ``+avx512f,-sse4a``; None asks numba.
    """
    has = _host_features() if host is None else host
    targets = _compiler_features() if compiler is None else compiler
    allowed = set(targets.split(","))
    return all(has.get(name, False) and f"+{name}" in allowed for name in VNNI_FEATURES)


def _host_features() -> Mapping[str, bool]:
    try:
        features: Mapping[str, bool] = get_host_cpu_features()
    except RuntimeError:  # LLVM does not know this processor
        return {}
    return features


def _compiler_features() -> str:
    return str(numba.core.registry.cpu_target.target_context.codegen().magic_tuple()[2])


def _vnni() -> ScanKernel:
    # Importing it compiles it.
    kernel: ScanKernel = importlib.import_module("matching.vectors.kernels.vnni.kernel").VnniKernel()
    return kernel

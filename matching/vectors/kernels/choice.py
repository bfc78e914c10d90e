"""Which scan kernel this machine runs."""

from __future__ import annotations

from biometrics.errors import ConfigurationError
from matching.vectors.kernels.faiss_kernel import FaissKernel
from matching.vectors.kernels.kernel import ScanKernel

KERNELS = ("faiss",)
"""Names of all kernels, the slowest first."""


def choose_kernel(name: str | None = None) -> ScanKernel:
    """Return the fastest kernel that this machine can run, or the one of that name.

    Raises
    ------
    ConfigurationError
        When there is no kernel of that name, or this machine cannot run it.
    """
    if name not in (None, "faiss"):
        raise ConfigurationError(
            f"there is no scan kernel of this name; there are {', '.join(KERNELS)}",
            source=str(name),
            remedy="name one of them, or none to have the fastest",
        )
    return FaissKernel()

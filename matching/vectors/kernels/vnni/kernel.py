"""The scan with AVX512-VNNI instructions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int8, Int32
from numpy.typing import NDArray

from biometrics.errors import GalleryError
from matching.vectors.kernels.kernel import CODE_OFFSET, Hits, PackedProbes, ProbeBatch, RowBlock, require_comparable
from matching.vectors.kernels.vnni.kernels import GROUP, LANES, PANEL, STEP, scan_few, scan_many

FEW_PROBES = 5
"""Probes up to which rows are compared with one after the other: more share the loading of codes. Measured on Zen 5."""

Panels: TypeAlias = Int8[NDArray[np.int8], " bytes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelProbes:
    """Probes in lanes, 16 to a register; what fills the last register up can have no hit.

    Parameters
    ----------
    batch
        The probes.
    values
        int8 [lanes, width]: one probe after the other, for `scan_few`.
    panels
        int8 [lanes * width]: the same as `scan_many` reads them.
    starts
        int32 [lanes]: what sums begin with, so that they end as if codes had no offset.
    alpha, beta
        float32 [classes, lanes], [lanes]: limits, those of lanes without a probe never reached.
    """

    batch: ProbeBatch
    values: Int8[NDArray[np.int8], "lanes width"]
    panels: Panels
    starts: Int32[NDArray[np.int32], " lanes"]
    alpha: Float32[NDArray[np.float32], "classes lanes"]
    beta: Float32[NDArray[np.float32], " lanes"]


class VnniKernel:
    """Compares 64 codes with an instruction: few probes at the speed of memory, many at the speed of the processor."""

    name = "vnni"

    def pack(self, batch: ProbeBatch) -> PanelProbes:
        """Put probes into lanes."""
        count, width = batch.values.shape
        lanes = -(-count // LANES) * LANES
        values = np.zeros((lanes, width), dtype=np.int8)
        values[:count] = batch.values
        alpha = np.full((len(batch.alpha), lanes), np.inf, dtype=np.float32)
        alpha[:, :count] = batch.alpha
        beta = np.zeros(lanes, dtype=np.float32)
        beta[:count] = batch.beta
        starts = -CODE_OFFSET * values.sum(axis=1, dtype=np.int32)
        panels = _panels(values)
        return PanelProbes(batch=batch, values=values, panels=panels, starts=starts, alpha=alpha, beta=beta)

    def scan(self, block: RowBlock, probes: PackedProbes, hits: Hits) -> int:
        """See `ScanKernel.scan`."""
        if not isinstance(probes, PanelProbes):
            raise GalleryError("these probes were packed for another kernel", source="probes")
        batch = probes.batch
        require_comparable(block, batch)
        if not len(block) or not len(batch):
            return 0
        few = len(batch) <= FEW_PROBES and len(block) >= LANES
        routine, values = (scan_few, probes.values) if few else (scan_many, probes.panels)
        rows = (block.codes, block.u, block.v, block.classes)
        limits = (probes.starts, probes.alpha, probes.beta)
        return int(routine(*rows, values, *limits, len(batch), hits.rows, hits.probes, hits.products))


def _panels(values: Int8[NDArray[np.int8], "lanes width"]) -> Panels:
    """Return the values as `scan_many` reads them, at an address where no register crosses a line of the cache."""
    lanes, width = values.shape
    room = np.empty(lanes * width + STEP, dtype=np.int8)
    start = -room.ctypes.data % STEP
    panels = room[start : start + lanes * width]
    for first in range(0, lanes, PANEL * LANES):
        some = values[first : first + PANEL * LANES]
        groups = some.reshape(-1, LANES, width // GROUP, GROUP).transpose(2, 0, 1, 3)
        panels[first * width : first * width + some.size] = groups.reshape(-1)
    return panels

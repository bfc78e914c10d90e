"""The contract of scan kernels: which rows of int8 codes come near which probes.

A scan lists each pair of a row and a probe whose whole-number inner product `product` is not below the pair's limit::

    limit = alpha[class of the row, probe] * u[row] - beta[probe] * v[row]

Products are exact. The limit is computed in 32-bit floating point, each operation rounded on its own in the order
written, and compared with the product rounded to 32 bits: every kernel finds the same pairs. A limit that is no number
counts as reached, since a pair that is listed needlessly costs a comparison, and one that is lost hides a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int8, Int32, UInt8, UInt16
from numpy.typing import NDArray

from biometrics.errors import GalleryError

CODE_OFFSET = 128
"""What a stored code is above the int8 value it stands for: FAISS's `QT_8bit_direct_signed`."""

COLUMN_STEP = 64
"""Rows are a multiple of this many codes wide: one register of 512 bits."""

WIDEST = 65_536
"""Columns up to which no sum of products leaves 32 bits."""

Codes: TypeAlias = UInt8[NDArray[np.uint8], "rows width"]
RowValues: TypeAlias = Float32[NDArray[np.float32], " rows"]
RowClasses: TypeAlias = UInt16[NDArray[np.uint16], " rows"]
ProbeValues: TypeAlias = Int8[NDArray[np.int8], "probes width"]
ProbeNumbers: TypeAlias = Float32[NDArray[np.float32], " probes"]
ClassLimits: TypeAlias = Float32[NDArray[np.float32], "classes probes"]
HitNumbers: TypeAlias = Int32[NDArray[np.int32], " capacity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBlock:
    """Rows to scan; their arrays are used where they lie, and must not change during a scan.

    Parameters
    ----------
    codes
        uint8 [rows, width], C-contiguous: int8 value + CODE_OFFSET.
    u, v
        float32 [rows], finite and not negative: what a row makes of `alpha` and `beta`.
    classes
        uint16 [rows]: which line of `alpha` holds for a row.

    Raises
    ------
    GalleryError
        When lengths, width or memory layout are not as stated.
    """

    codes: Codes
    u: RowValues
    v: RowValues
    classes: RowClasses

    def __post_init__(self) -> None:
        _require_codes(self.codes, np.uint8, source="rows")
        lengths = {len(self.codes), len(self.u), len(self.v), len(self.classes)}
        if len(lengths) != 1 or not _are_plain((self.u, np.float32), (self.v, np.float32), (self.classes, np.uint16)):
            raise GalleryError("codes, factors and classes of rows differ in length or type", source="rows")

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def width(self) -> int:
        """Codes per row."""
        return int(self.codes.shape[1])

    def part(self, start: int, stop: int) -> RowBlock:
        """Return the rows from `start` to before `stop`, numbered from 0 again."""
        some = slice(start, stop)
        return RowBlock(codes=self.codes[some], u=self.u[some], v=self.v[some], classes=self.classes[some])


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeBatch:
    """Probes to scan rows for.

    Parameters
    ----------
    values
        int8 [probes, width], C-contiguous.
    alpha
        float32 [classes, probes]: what limits grow with; infinity never lists a row, minus infinity always.
    beta
        float32 [probes], finite: what limits fall with.

    Raises
    ------
    GalleryError
        When shapes or memory layout are not as stated, or a limit is no number.
    """

    values: ProbeValues
    alpha: ClassLimits
    beta: ProbeNumbers

    def __post_init__(self) -> None:
        _require_codes(self.values, np.int8, source="probes")
        count = len(self.values)
        plain = _are_plain((self.alpha, np.float32), (self.beta, np.float32))
        if not plain or self.alpha.ndim != 2 or self.alpha.shape[1] != count or len(self.beta) != count:
            raise GalleryError("values and limits of probes differ in shape or type", source="probes")
        if np.isnan(self.alpha).any() or not np.isfinite(self.beta).all():
            raise GalleryError("a probe's limit is no number", source="probes")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def width(self) -> int:
        """Values per probe."""
        return int(self.values.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Room for the pairs that a scan lists, int32 [capacity] each: row, probe, and their inner product."""

    rows: HitNumbers
    probes: HitNumbers
    products: HitNumbers

    @classmethod
    def room(cls, capacity: int) -> Hits:
        """Return room for so many pairs."""
        rows, probes, products = (np.empty(capacity, np.int32) for _ in range(3))
        return cls(rows=rows, probes=probes, products=products)

    @property
    def capacity(self) -> int:
        """Pairs there is room for."""
        return len(self.rows)


@runtime_checkable
class PackedProbes(Protocol):
    """Probes as a kernel wants them; only the kernel that packed them can scan with them."""

    @property
    def batch(self) -> ProbeBatch:
        """The probes that were packed."""


@runtime_checkable
class ScanKernel(Protocol):
    """Compares every row with every probe. Any number of threads may scan at once, without the interpreter lock."""

    @property
    def name(self) -> str:
        """Stable name, for settings and reports."""

    def pack(self, batch: ProbeBatch) -> PackedProbes:
        """Prepare probes for any number of scans."""

    def scan(self, block: RowBlock, probes: PackedProbes, hits: Hits) -> int:
        """Write the pairs whose product reaches their limit, in any order, and return how many there are.

        The answer may exceed the capacity; then as many as there is room for were written, and the caller repeats the
        scan with fewer rows or more room.

        Raises
        ------
        GalleryError
            When widths differ, a row's class has no limits, or another kernel packed the probes.
        """


def require_comparable(block: RowBlock, batch: ProbeBatch) -> None:
    """Refuse what would let a kernel read memory that is not there.

    Raises
    ------
    GalleryError
        When widths differ or a row's class has no limits.
    """
    if block.width != batch.width:
        raise GalleryError(f"rows of {block.width} codes cannot be compared with {batch.width} values", source="probes")
    classes = len(batch.alpha)
    if len(block) and int(block.classes.max()) >= classes:
        raise GalleryError(f"a row is of a class that is not among the {classes} with limits", source="rows")


def _require_codes(codes: NDArray[np.generic], kind: type[np.generic], *, source: str) -> None:
    if codes.ndim != 2 or codes.dtype != kind or not codes.flags.c_contiguous:
        raise GalleryError("codes are not a table of bytes, one line after another", source=source)
    width = codes.shape[1]
    if not 0 < width <= WIDEST or width % COLUMN_STEP:
        raise GalleryError(f"{width} codes are not a multiple of {COLUMN_STEP} up to {WIDEST}", source=source)


def _are_plain(*arrays: tuple[NDArray[np.generic], type[np.generic]]) -> bool:
    return all(array.dtype == kind and array.flags.c_contiguous for array, kind in arrays)

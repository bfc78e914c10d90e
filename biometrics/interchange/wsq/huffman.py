"""Huffman tables of WSQ, which are those of JPEG (ISO/IEC 10918-1, annexes C and K): counts of codes by length."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8, UInt16
from numpy.typing import NDArray

from biometrics.errors import ImageFormatError
from biometrics.interchange.wsq.kernels import LOOKAHEAD

Counts: TypeAlias = Int64[NDArray[np.int64], "256"]
Codes: TypeAlias = UInt16[NDArray[np.uint16], "256"]
Lengths: TypeAlias = UInt8[NDArray[np.uint8], "256"]
Lookup: TypeAlias = UInt8[NDArray[np.uint8], "65536"]

_RESERVED = 256
"""A symbol beyond all others; its code, all ones, is never used, so that padding is never taken for a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HuffmanTable:
    """How many codes there are of 1 to 16 bits, and their symbols, shortest code first.

    Raises
    ------
    ImageFormatError
        When there are more codes than their lengths allow, or counts and symbols differ.
    """

    counts: tuple[int, ...]
    symbols: bytes

    def __post_init__(self) -> None:
        if len(self.counts) != LOOKAHEAD or sum(self.counts) != len(self.symbols) or len(self.symbols) > _RESERVED:
            raise ImageFormatError("a Huffman table of the WSQ file does not hold what it says")
        if sum(count << (LOOKAHEAD - bits) for bits, count in enumerate(self.counts, start=1)) > 1 << LOOKAHEAD:
            raise ImageFormatError("a Huffman table of the WSQ file has more codes than there are")

    def lookup(self) -> tuple[Lookup, Lookup]:
        """Return symbol and code length by the next 16 bits; length 0 where no code begins so."""
        symbols, lengths = np.zeros(1 << LOOKAHEAD, dtype=np.uint8), np.zeros(1 << LOOKAHEAD, dtype=np.uint8)
        start = 0
        for symbol, length in zip(self.symbols, self._lengths(), strict=True):
            end = start + (1 << (LOOKAHEAD - length))
            symbols[start:end], lengths[start:end] = symbol, length
            start = end
        return symbols, lengths

    def codes(self) -> tuple[Codes, Lengths]:
        """Return code and length by symbol."""
        codes, lengths = np.zeros(256, dtype=np.uint16), np.zeros(256, dtype=np.uint8)
        start = 0
        for symbol, length in zip(self.symbols, self._lengths(), strict=True):
            codes[symbol], lengths[symbol] = start >> (LOOKAHEAD - length), length
            start += 1 << (LOOKAHEAD - length)
        return codes, lengths

    def _lengths(self) -> list[int]:
        return [bits for bits, count in enumerate(self.counts, start=1) for _ in range(count)]


def best_table(frequencies: Counts) -> HuffmanTable:
    """Return the table that codes symbols of these frequencies in the fewest bits, none longer than 16.

    Where there are none, it has a code for a run of one zero, since a table without codes is no table.
    """
    if not frequencies.any():
        return HuffmanTable(counts=(1, *[0] * (LOOKAHEAD - 1)), symbols=b"\x01")
    counts = _shortened(_code_lengths(frequencies))
    used = [int(symbol) for symbol in np.argsort(-frequencies, kind="stable") if frequencies[symbol] > 0]
    return HuffmanTable(counts=tuple(counts), symbols=bytes(used))


def _code_lengths(frequencies: Counts) -> list[int]:
    """Return how many codes of each length from 0 Huffman's method gives, one for the reserved symbol included."""
    order = itertools.count()
    heap: list[tuple[int, int, tuple[int, ...]]]
    heap = [(int(frequency), next(order), (symbol,)) for symbol, frequency in enumerate(frequencies) if frequency > 0]
    heap.append((0, next(order), (_RESERVED,)))
    heapq.heapify(heap)
    depth = {symbol: 0 for _, _, symbols in heap for symbol in symbols}
    while len(heap) > 1:
        (rarest, _, few), (rare, _, more) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in few + more:
            depth[symbol] += 1
        heapq.heappush(heap, (rarest + rare, next(order), few + more))
    lengths = np.bincount(np.fromiter(depth.values(), dtype=np.int64), minlength=LOOKAHEAD + 1)
    return [int(count) for count in lengths]


def _shortened(lengths: list[int]) -> list[int]:
    """Move codes of more than 16 bits up (ISO/IEC 10918-1, K.2), and drop the longest code, the reserved symbol's."""
    for bits in range(len(lengths) - 1, LOOKAHEAD, -1):
        while lengths[bits] > 0:
            shorter = max(length for length in range(1, bits - 1) if lengths[length] > 0)
            lengths[bits] -= 2
            lengths[bits - 1] += 1
            lengths[shorter + 1] += 2
            lengths[shorter] -= 1
    longest = max(length for length in range(1, LOOKAHEAD + 1) if lengths[length] > 0)
    lengths[longest] -= 1
    return lengths[1 : LOOKAHEAD + 1]

"""The loops of WSQ over bits: Huffman codes to coefficients and back, every access within bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biometrics.compiled import compiled

LOOKAHEAD = 16
"""Bits of the longest code."""

# Symbols (specification, table 4): 1-100 runs of zeros, 101-106 escapes, 107-254 coefficients -73 to 74.
_LONGEST_RUN, _LEAST_COEFFICIENT, _MOST_SYMBOL = 100, 107, 254
_RUN_ESCAPES = (105, 106)

_EXTRA_BITS = np.zeros(256, dtype=np.int64)
_EXTRA_BITS[[101, 102, 105]] = 8
_EXTRA_BITS[[103, 104, 106]] = 16

_SIGNS = np.zeros(256, dtype=np.int64)
_SIGNS[[101, 103]] = 1
_SIGNS[[102, 104]] = -1

_VALUES = np.zeros(256, dtype=np.int64)
_VALUES[107:255] = np.arange(-73, 75)

ENDED, BROKEN, TOO_MANY = 0, 1, 2


@compiled("UniTuple(int64, 2)(uint8[::1], uint8[::1], uint8[::1], int32[::1], int64)")
def decode_symbols(
    data: NDArray[np.uint8],
    symbols: NDArray[np.uint8],
    lengths: NDArray[np.uint8],
    coefficients: NDArray[np.int32],
    filled: int,
) -> tuple[int, int]:
    """Fill in coefficients from `filled` on; return how many are filled now, and how it ended.

    Parameters
    ----------
    data
        Code bits, without stuffed bytes; up to seven bits of one at the end are padding.
    symbols, lengths
        uint8 [65536]: symbol of the code that the next 16 bits begin with, and its length; 0 where there is none.
    coefficients
        int32 [count], zero.
    filled
        How many were filled by earlier blocks.
    """
    size, available = len(data), 8 * len(data)
    position = 0
    while position < available:
        byte = position >> 3
        window = np.int64(data[byte]) << 16
        window |= (np.int64(data[byte + 1]) if byte + 1 < size else np.int64(0xFF)) << 8  # ones, as padding is
        window |= np.int64(data[byte + 2]) if byte + 2 < size else np.int64(0xFF)
        code = (window >> (8 - (position & 7))) & 0xFFFF
        symbol, length = np.int64(symbols[code]), np.int64(lengths[code])
        extra = _EXTRA_BITS[symbol]
        if length == 0 or position + length + extra > available:
            return filled, ENDED if available - position < 8 else BROKEN
        if symbol < 1 or symbol > _MOST_SYMBOL:
            return filled, BROKEN
        position += int(length)
        number = np.int64(0)
        for _ in range(extra):
            number = number << 1 | (np.int64(data[position >> 3]) >> (7 - (position & 7))) & 1
            position += 1
        run = 1
        if symbol <= _LONGEST_RUN:
            run = int(symbol)
        elif symbol in _RUN_ESCAPES:
            run = int(number)
        if run > len(coefficients) - filled:
            return filled, TOO_MANY
        if symbol >= _LEAST_COEFFICIENT or _SIGNS[symbol] != 0:
            coefficients[filled] = _VALUES[symbol] + _SIGNS[symbol] * number
        filled += run
    return filled, ENDED


@compiled("int64(int32[::1], uint8[::1], uint16[::1])")
def to_symbols(coefficients: NDArray[np.int32], symbols: NDArray[np.uint8], extras: NDArray[np.uint16]) -> int:
    """Write the symbols of coefficients within +-65535 and what follows the escapes; return how many there are."""
    count = 0
    run = 0
    for index in range(len(coefficients) + 1):
        ended = index == len(coefficients)
        value = np.int64(0) if ended else np.int64(coefficients[index])
        if not ended and value == 0 and run < 65535:
            run += 1
            continue
        if run > 0:
            symbols[count] = run if run <= 100 else (105 if run < 256 else 106)
            extras[count] = run
            count += 1
            run = 0
        if ended:
            break
        if value == 0:
            run = 1
            continue
        size = abs(value)
        if -73 <= value <= 74:
            symbols[count] = value + 180
        elif size < 256:
            symbols[count] = 101 if value > 0 else 102
        else:
            symbols[count] = 103 if value > 0 else 104
        extras[count] = size
        count += 1
    return count


@compiled("int64(uint8[::1], uint16[::1], uint16[::1], uint8[::1], uint8[::1])")
def pack(
    symbols: NDArray[np.uint8],
    extras: NDArray[np.uint16],
    codes: NDArray[np.uint16],
    lengths: NDArray[np.uint8],
    packed: NDArray[np.uint8],
) -> int:
    """Write the codes of symbols, padded with ones, without stuffed bytes; return how many bytes there are.

    `packed` must have room for four bytes a symbol and one more.
    """
    bits, held, size = np.int64(0), 0, 0
    for index in range(len(symbols)):
        symbol = np.int64(symbols[index])
        bits = bits << np.int64(lengths[symbol]) | np.int64(codes[symbol])
        held += int(np.int64(lengths[symbol]))
        if 101 <= symbol <= 106:
            width = 16 if symbol in (103, 104, 106) else 8
            bits = bits << width | np.int64(extras[index])
            held += width
        while held >= 8:
            held -= 8
            packed[size] = (bits >> held) & 0xFF
            size += 1
        bits &= 0xFF
    if held > 0:
        packed[size] = (bits << (8 - held) | (0xFF >> held)) & 0xFF
        size += 1
    return size

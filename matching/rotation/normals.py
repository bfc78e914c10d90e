"""Normal numbers from a key, the same to the last bit on every machine.

Bits come from AES in counter mode under a key that HKDF-SHA256 derives (RFC 5869). What is made of them uses only what
IEEE 754 rounds in one way everywhere: additions, multiplications, divisions and square roots, one after the other. The
logarithm of the system's mathematical library is not among them, so it is computed here.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jaxtyping import Float64
from numpy.typing import NDArray

Numbers: TypeAlias = Float64[NDArray[np.float64], " count"]

_PURPOSE = "kura rotation of vectors 1"
_KEY_BYTES, _NONCE = 32, bytes(16)
_PAIRS_AT_ONCE = 4_096
_MANTISSA_BITS = 53
_TERMS = 12
"""Of the series of the logarithm: what is left out is below 1e-18 for arguments from 0.7 to 1.4."""


def derived(key: bytes, purpose: str, length: int = _KEY_BYTES) -> bytes:
    """Return bytes that a key gives for a purpose, and from which nothing about it can be told."""
    info = f"{_PURPOSE}, {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=bytes(_KEY_BYTES), info=info).derive(key)


class Normals:
    """Independent numbers of mean 0 and deviation 1, as many as are asked for.

    Parameters
    ----------
    key, purpose
        Other keys or purposes give other numbers.
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        cipher = Cipher(algorithms.AES(derived(key, purpose)), modes.CTR(_NONCE))
        self._bits: CipherContext = cipher.encryptor()
        self._left: Numbers = np.empty(0)

    def take(self, count: int) -> Numbers:
        """Return the next numbers, float64 [count]."""
        while len(self._left) < count:
            self._left = np.concatenate([self._left, self._more()])
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def _more(self) -> Numbers:
        """Return some more by the polar method (G. Marsaglia and T. Bray, SIAM Review 6, 1964)."""
        drawn = self._uniform(2 * _PAIRS_AT_ONCE).reshape(-1, 2)
        squares = drawn[:, 0] * drawn[:, 0] + drawn[:, 1] * drawn[:, 1]
        inside = (squares > 0.0) & (squares < 1.0)
        drawn, squares = drawn[inside], squares[inside]
        stretch = np.sqrt(-2.0 * logarithm(squares) / squares)
        return np.asarray((drawn * stretch[:, np.newaxis]).reshape(-1))

    def _uniform(self, count: int) -> Numbers:
        """Return numbers from -1 to below 1, all equally likely."""
        whole = np.frombuffer(self._bits.update(bytes(8 * count)), dtype="<u8") >> np.uint64(64 - _MANTISSA_BITS)
        return np.asarray(whole.astype(np.float64) * 2.0 ** (1 - _MANTISSA_BITS) - 1.0)


def logarithm(numbers: Numbers) -> Numbers:
    """Return natural logarithms of positive numbers, the same bits everywhere."""
    mantissas, exponents = np.frexp(numbers)
    small = mantissas < math.sqrt(0.5)
    mantissas = np.where(small, 2.0 * mantissas, mantissas)
    turned = (mantissas - 1.0) / (mantissas + 1.0)
    square, series = turned * turned, np.zeros_like(numbers)
    for term in range(_TERMS, -1, -1):
        series = series * square + 1.0 / (2 * term + 1)
    return np.asarray(2.0 * turned * series + (exponents - small) * math.log(2.0))

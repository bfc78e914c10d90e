"""Reading binary records field by field, never beyond their end."""

from __future__ import annotations

from biometrics.errors import BiometricsError


class ByteReader:
    """Big-endian fields of a record, from its beginning to its end.

    Parameters
    ----------
    data
        The record.
    name
        What it is, for messages: `the minutiae record`.
    failure
        The type of the error when a field reaches beyond the end.
    """

    def __init__(self, data: bytes, name: str, failure: type[BiometricsError]) -> None:
        self._data = data
        self._name = name
        self._failure = failure
        self.position = 0

    @property
    def remaining(self) -> int:
        """Bytes that are left."""
        return len(self._data) - self.position

    @property
    def rest(self) -> bytes:
        """The bytes that are left, without moving on."""
        return self._data[self.position :]

    def take(self, count: int, what: str) -> bytes:
        """Return the next bytes.

        Raises
        ------
        BiometricsError
            Of the reader's type, when fewer are left.
        """
        if count > self.remaining:
            raise self._failure(
                f"{self._name} ends within {what}: {count} bytes at byte {self.position} of {len(self._data)}"
            )
        self.position += count
        return self._data[self.position - count : self.position]

    def number(self, size: int, what: str) -> int:
        """Return the next unsigned number of `size` bytes.

        Raises
        ------
        BiometricsError
            Of the reader's type, when fewer are left.
        """
        return int.from_bytes(self.take(size, what), "big")

    def part(self, count: int, what: str) -> ByteReader:
        """Return a reader of the next bytes alone.

        Raises
        ------
        BiometricsError
            Of the reader's type, when fewer are left.
        """
        return ByteReader(self.take(count, what), self._name, self._failure)

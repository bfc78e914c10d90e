"""Records that were captured already: no sensor sees the same twice."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

_MOST = 20_000
"""Digests kept: some days of enrollment at one station, in 2 MB."""


class SeenRecords:
    """Digests of the records that this process took, the newest 20,000; shared by all devices of a driver."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def add_all(self, records: Sequence[bytes]) -> bool:
        """Remember records that were captured together; say False, and remember none, when one was there already."""
        digests = [hashlib.sha256(one).digest() for one in records]
        with self._lock:
            if len(set(digests)) < len(digests) or any(one in self._digests for one in digests):
                return False
            self._digests.update(dict.fromkeys(digests))
            while len(self._digests) > _MOST:
                self._digests.popitem(last=False)
        return True

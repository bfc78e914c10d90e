"""`kura`, whose galleries list by vectors whom to compare from a handful of persons on, not only from thousands.

``python -m tests.journeys.gallery_storm_engine engine run --home HOME`` is `kura engine run --home HOME` with that.
"""

from __future__ import annotations

import sys

from matching import describing, shortlisting

LEAST_GALLERY = 5
STRANGERS = 3.0
"""So many strangers are listed in a search: with few hundred persons, most are not."""


def list_early() -> None:
    """Let galleries of this process list by vectors as large ones do."""
    describing.LEAST_GALLERY = shortlisting.LEAST_GALLERY = LEAST_GALLERY  # type: ignore[attr-defined]
    shortlisting.SEARCH = shortlisting.JOIN = {shortlisting.MORE: STRANGERS}


if __name__ == "__main__":
    from api.command_line import main

    list_early()
    sys.exit(main(sys.argv[1:]))

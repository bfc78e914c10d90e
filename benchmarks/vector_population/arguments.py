"""The real data that the commands take."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from benchmarks.data_folder import data_folder


def data_parser(command: str, summary: str) -> argparse.ArgumentParser:
    """Return a parser of the folders of portraits and prints."""
    parser = argparse.ArgumentParser(prog=command, description=summary)
    parser.add_argument(
        "--portraits", type=shared.folder, required=True, metavar="DIR", help="portraits in a folder a person"
    )
    parser.add_argument(
        "--prints",
        type=data_folder,
        nargs="+",
        action="extend",
        required=True,
        metavar="DIR[:PPI]",
        help="folders of prints named <finger>_<impression>, and their pixels per inch (default: 500)",
    )
    return parser

"""What was asked of `kura bench calibrate`, in words that name no machine."""

from __future__ import annotations

import argparse


def selection_of(arguments: argparse.Namespace, left_out: int) -> str:
    """Return how the samples were chosen."""
    parts = [f"{column} {value}" for column, value in arguments.where]
    parts += [f"not {column} {value}" for column, value in arguments.without]
    parts += [f"{left_out} listed samples left out"] if left_out else []
    return ", ".join(parts)


def command_of(arguments: argparse.Namespace) -> str:
    """Return the command without what is particular to one machine: folders by their last name."""
    words = ["kura bench calibrate", f"--modality {arguments.modality}"]
    words += [f"--data {folder}" for folder in arguments.data]
    words += [f"--where {column}={value}" for column, value in arguments.where]
    words += [f"--without {column}={value}" for column, value in arguments.without]
    words += [f"--leave-out {arguments.leave_out.name}"] if arguments.leave_out else []
    words += [f"--within {column}" for column in arguments.within]
    return " ".join([*words, f"--population {arguments.population}", f"--out {arguments.out.name}"])

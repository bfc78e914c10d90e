"""`python -m tests.fuzz`: tries parsers for as long as asked, and leaves a file for each input that breaks the rule.

Each target runs in a process of its own, with a limit to its memory, so that a crash is a finding too. Where atheris is
installed it chooses the inputs by what they reach; otherwise valid inputs are changed at random.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import campaign
from tests.fuzz.catalogue import TARGETS


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when every parser kept to the rule, 1 when one broke it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="names; all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, help="of the random changes; printed, for repetition")
    parser.add_argument("--engine", choices=("auto", "atheris", "random"), default="auto")
    parser.add_argument("--out", type=Path, default=Path("fuzz"), help="folder for findings and what was learnt")
    parser.add_argument("--list", action="store_true", help="name the targets")
    parser.add_argument("--reproduce", type=Path, metavar="FILE", help="try one file with the one target named")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown or (asked.reproduce and len(asked.targets) != 1):
        parser.error(f"no such target: {', '.join(unknown)}" if unknown else "name the one target of the file")
    if asked.list:
        print("\n".join(TARGETS))
        return 0
    if asked.reproduce:
        return campaign.reproduce(TARGETS[asked.targets[0]], asked.reproduce)
    seed = random.SystemRandom().randrange(2**31) if asked.seed is None else asked.seed
    plan = campaign.Plan(seconds=asked.seconds, seed=seed, engine=asked.engine, out=asked.out)
    return campaign.run(asked.targets or list(TARGETS), plan)


if __name__ == "__main__":
    sys.exit(main())

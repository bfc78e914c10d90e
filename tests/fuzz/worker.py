"""The process of one target: `python -m tests.fuzz.worker NAME FOLDER SECONDS SEED atheris|random`."""

from __future__ import annotations

import contextlib
import random
import resource
import sys
import time
from pathlib import Path

from tests.fuzz.campaign import CURRENT, keep
from tests.fuzz.judging import LONGEST_S, judge
from tests.fuzz.mutation import mutate
from tests.fuzz.target import Target

_ROOMS = ["api", "biometrics", "enrollment", "matching", "registry"]
_MOST_MEMORY_MB = 3_000
_MOST_FINDINGS = 20


def main() -> int:
    """Return 0 when the parser kept to the rule, 1 when not."""
    name, folder, seconds, seed, engine = (
        sys.argv[1],
        Path(sys.argv[2]),
        float(sys.argv[3]),
        int(sys.argv[4]),
        sys.argv[5],
    )
    if engine == "atheris":
        return _guided(name, folder, seconds)
    target = _target(name)
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY_MB << 20, _MOST_MEMORY_MB << 20))
    return _at_random(target, folder, seconds, random.Random(f"{seed} {name}"))


def _target(name: str) -> Target:
    from tests.fuzz.catalogue import TARGETS  # noqa: PLC0415 - imported under instrumentation, where there is any

    return TARGETS[name]


def _at_random(target: Target, folder: Path, seconds: float, chance: random.Random) -> int:
    seeds, end, tries = target.seeds(), time.monotonic() + seconds, 0
    places: set[str] = set()
    current = folder / CURRENT
    while time.monotonic() < end and len(places) < _MOST_FINDINGS:
        data = mutate(target, seeds, chance)
        current.write_bytes(data)
        found = judge(target, data)
        tries += 1
        if found is not None and found.what not in places:  # one of a kind is enough
            places.add(found.what)
            keep(folder, data, found.what)
    (folder / "tries").write_text(str(tries))
    return 1 if places else 0


def _guided(name: str, folder: Path, seconds: float) -> int:
    """Let atheris choose; it ends the process itself, with an error at the first finding."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - an option

    root = Path(__file__).resolve().parents[2]
    compiled = [  # numba compiles their bytecode, which must be as it was written
        ".".join(path.relative_to(root).with_suffix("").parts)
        for room in _ROOMS
        for path in (root / room).rglob("kernels.py")
    ]
    with atheris.instrument_imports(include=_ROOMS, exclude=compiled):
        target = _target(name)
    learnt = folder / "learnt"
    learnt.mkdir(exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (learnt / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words if word))
    tries = 0

    def one(data: bytes) -> None:
        nonlocal tries
        tries += 1
        if tries % 1000 == 0:
            (folder / "tries").write_text(str(tries))
        found = judge(target, target.repaired(data))
        if found is not None:
            keep(folder, target.repaired(data), found.what)
            raise AssertionError(found.what)

    options = [
        f"-max_total_time={int(seconds)}",
        f"-rss_limit_mb={_MOST_MEMORY_MB}",
        "-max_len=65536",
        f"-timeout={3 * LONGEST_S}",
    ]
    options += [f"-dict={words}"] if target.words else []
    options.append(f"-artifact_prefix={folder}/found-")
    with contextlib.suppress(KeyboardInterrupt):
        atheris.Setup([sys.argv[0], str(learnt), *options], one)
        atheris.Fuzz()
    return 0


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())

"""Simulated persons imported with pictures and without templates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from registry.extraction import ExtractedSample, UnextractedSample
from registry.store import Registry
from registry.transfer.importing import import_people
from registry.transfer.preparing import sample_path
from tests.registry.people import finger_template
from tests.registry.transfer.populated import order, picture


def without_templates(
    home: Path, persons: Iterable[int], draw: Callable[[int], bytes] = picture, position: str = "right_index"
) -> Path:
    """Write the file of some persons with two pictures each, pictures beside it, and return it."""
    folder, lines = home.parent / "handed-over", []
    for number in persons:
        samples = []
        for data in (draw(number), draw(1000 + number)):
            digest = hashlib.sha256(data).hexdigest()
            sample_path(folder, digest).parent.mkdir(parents=True, exist_ok=True)
            sample_path(folder, digest).write_bytes(data)
            samples.append({"sha256": digest, "position": position, "ppi": 500, "simulated": True})
        encounter = {"encounter_id": f"{number:032x}", "samples": samples}
        lines.append(json.dumps({"label": f"SIM-{number:03}", "simulated": True, "encounters": [encounter]}) + "\n")
    path = folder / "persons.jsonl"
    path.write_text("".join(lines))
    return path


def import_pictures(registry: Registry, home: Path, persons: int) -> None:
    """Import persons whose pictures have no templates."""
    import_people(registry, without_templates(home, range(persons)), order(home))


def waiting(registry: Registry, *, tried: bool = False, most: int = 1000) -> tuple[UnextractedSample, ...]:
    """Return the pictures that wait, or that were tried in vain."""
    with registry.reading() as record:
        return record.extraction.unextracted(tried=tried, after="", most=most)


def made(one: UnextractedSample) -> ExtractedSample:
    """Return a template for a picture."""
    template = finger_template(one.position, seed=int(one.sha256[:8], 16))
    return ExtractedSample(encounter_id=one.encounter_id, ordinal=one.ordinal, template=template)


def failed(one: UnextractedSample) -> ExtractedSample:
    """Return that a picture is blank."""
    return ExtractedSample(encounter_id=one.encounter_id, ordinal=one.ordinal, failure="blank_print")


def record(registry: Registry, results: Iterable[ExtractedSample], last_exchange: int = 0) -> int:
    """Record what was made, in a section of its own."""
    with registry.writing() as writer:
        return writer.extraction.record(tuple(results), last_exchange=last_exchange)

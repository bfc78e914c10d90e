"""A simulated population as another system would hand it over: persons and pictures, and not one template."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

from registry.transfer.preparing import sample_path


def hand_over(population: Path, folder: Path) -> Path:
    """Write the file of persons of an exchange, with the pictures beside it, and return it."""
    pictures: dict[str, list[dict[str, object]]] = {}
    with (population / "manifest.csv").open(newline="") as lines:
        for line in csv.DictReader(lines):
            path = population / line["path"]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            kept = sample_path(folder, digest)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)
            sample = {"sha256": digest, "position": line["position"], "ppi": 500, "simulated": True}
            pictures.setdefault(line["person"], []).append(sample)
    persons = [
        {"label": label, "simulated": True, "encounters": [{"samples": samples}]} for label, samples in pictures.items()
    ]
    file = folder / "persons.jsonl"
    file.write_text("".join(json.dumps(person) + "\n" for person in persons))
    return file

"""All targets by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.parsers import devices, engine, files, network, pictures, protection, records
from tests.fuzz.target import Target

_MODULES = (records, pictures, network, engine, files, protection, devices)

TARGETS: Mapping[str, Target] = {target.name: target for module in _MODULES for target in module.targets()}

"""What a run's answer depends on besides its members, taken when it begins and compared when it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version

from biometrics.decisions import DecisionPolicy
from biometrics.errors import BiometricsError, ConfigurationError, RecordError
from enrollment.deduplication.records import RunBasis, RunManifest
from matching.calibration import Calibration
from matching.gallery import Gallery
from registry.reading import Reader

_BEGIN_ANEW = "undo the change, or begin a new run with kura dedup run"


def take_basis(record: Reader, gallery: Gallery, policy: DecisionPolicy, *, generation: int, members: int) -> RunBasis:
    """Return what a run at this generation among so many members depends on.

    Parameters
    ----------
    record
        One snapshot of the registry, which has that change.
    """
    models: dict[str, tuple[str, ...]] = {}
    for use in record.models_in_use():
        models[use.modality.value] = (*models.get(use.modality.value, ()), use.model_id)
    return RunBasis(
        mark=record.mark(generation),
        policy=policy,
        calibrations={modality.value: _digest(one) for modality, one in gallery.calibrations.items()},
        models={modality: tuple(sorted(found)) for modality, found in models.items()},
        listed=gallery.lists_among(members),
        version=version("kura"),
    )


def require_same_basis(manifest: RunManifest, record: Reader, gallery: Gallery, policy: DecisionPolicy) -> None:
    """Refuse to go on with a run whose second half would be judged otherwise than its first.

    Raises
    ------
    RecordError
        When the registry is another one, or was put back to an earlier state.
    ConfigurationError
        When policy, calibration, model or version changed since the run began.
    """
    then = manifest.basis
    if record.latest_sequence() < manifest.generation:
        raise _other_registry(manifest)
    now = take_basis(record, gallery, policy, generation=manifest.generation, members=manifest.members)
    if now.mark != then.mark:
        raise _other_registry(manifest)
    changed = [
        *(["the policy"] if now.policy != then.policy else []),
        *(f"the calibration of {one}" for one in _changed(then.calibrations, now.calibrations)),
        *(f"the model of {one}" for one in _changed(then.models, now.models)),
        *(["whether vectors list whom to compare"] if now.listed != then.listed else []),
        *([f"the version of Kura ({then.version}, now {now.version})"] if now.version != then.version else []),
    ]
    if changed:
        message = f"{' and '.join(changed)} changed since the run began"
        raise ConfigurationError(message, source=manifest.run_id, remedy=_BEGIN_ANEW)


def _changed(then: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return what was there and is another now; what came since, or is no longer used, decides about no pair."""
    return [name for name in then if name in now and now[name] != then[name]]


def _other_registry(manifest: RunManifest) -> BiometricsError:
    return RecordError(
        "the run is another registry's, or the registry was put back to an earlier state since it began",
        source=manifest.run_id,
        remedy="name the installation that it was begun in with --home, or begin a new run with kura dedup run",
    )


def _digest(calibration: Calibration) -> str:
    numbers = hashlib.sha256(repr((calibration.scale, calibration.population, calibration.tail)).encode())
    numbers.update(calibration.scores.tobytes())
    numbers.update(calibration.rates.tobytes())
    return numbers.hexdigest()

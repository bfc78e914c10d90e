"""What was fitted to real measurements: how strangers' and mates' vectors lie, as a few numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path

from biometrics.errors import ConfigurationError
from biometrics.files import write_whole
from biometrics.positions import Modality

FORMAT = "kura-vector-population/1"

_SHIPPED = "fitted.json"

MOST_POWER = 6.0
"""Of a normal number, beyond which 32 bits would hold neither its largest values nor its smallest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """How vectors of different persons lie.

    Every vector is a sum of three parts at right angles, scaled to length 1: one along a direction that all share, one
    of skewed numbers, few of them large, which makes groups of persons who look alike, and one of normal numbers.

    Parameters
    ----------
    common, common_spread
        Mean and deviation of the part along the shared direction; the mean cosine is the square of the mean.
    skewed, skewed_share, skewed_power
        How many skewed numbers, which share of the squared length they hold, and to which power a
        normal number's size was raised to make one.
    effective
        Effective dimension of the normal part: the square of the sum of its variances by the sum of their squares.

    Raises
    ------
    ConfigurationError
        When they cannot be.
    """

    common: float
    common_spread: float
    skewed: int
    skewed_share: float
    skewed_power: float
    effective: float

    def __post_init__(self) -> None:
        _require_finite(self)
        if not (
            self.skewed >= 0 and 0 < self.skewed_power <= MOST_POWER and self.effective >= 1 and self.normal_share > 0
        ):
            raise ConfigurationError("no vectors have such parts", source="strangers")

    @property
    def normal_share(self) -> float:
        """Share of the squared length that the normal part holds."""
        return 1.0 - self.skewed_share - self.common**2 - self.common_spread**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mates:
    """How far samples of one person lie apart.

    Each sample has a grade from 0 to 1, and two samples have their grades' product as cosine, as far as both are
    otherwise at right angles. A grade is the logistic function of a normal number.

    Parameters
    ----------
    mean, spread
        Of the normal number.
    lasting
        Which share of its variance is the person's, the same in all samples.
    occasion
        Which share is the occasion's, the same for all blocks.
    together
        Which share of what is lasting is the same for all fingers of the person.
    poor, poor_drop
        Share of samples that are poor, and by how much their number is lower.

    Raises
    ------
    ConfigurationError
        When they cannot be.
    """

    mean: float
    spread: float
    lasting: float
    occasion: float
    together: float
    poor: float
    poor_drop: float

    def __post_init__(self) -> None:
        _require_finite(self)
        shares = (self.lasting, self.occasion, self.together, self.poor, self.lasting + self.occasion)
        if self.spread < 0 or any(not 0 <= share <= 1 for share in shares):
            raise ConfigurationError("no samples are so far apart", source="mates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was fitted for one kind of vector.

    Parameters
    ----------
    origin
        On which data.
    command
        That fits it again.
    dimension
        Of the vectors it was fitted to.
    strangers, mates
        What was fitted.
    """

    origin: str
    command: str
    dimension: int
    strangers: Strangers
    mates: Mates


def load_fitted(path: Path | None = None) -> Mapping[Modality, Fitted]:
    """Return what was fitted for each modality: what ships, or another file.

    Raises
    ------
    ConfigurationError
        When it cannot be read.
    """
    try:
        text = (files(__package__) / _SHIPPED).read_text() if path is None else path.read_text()
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ConfigurationError(f"format {content['format']!r} is not {FORMAT}")
        return {modality: _fitted(content[modality.value]) for modality in Modality}
    except ConfigurationError as error:
        raise error.at(str(path or _SHIPPED)) from error.__cause__
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            "these are no fitted parameters of vectors",
            source=str(path or _SHIPPED),
            remedy="fit them with python -m benchmarks.vector_population.fit",
        ) from error


def write_fitted(fitted: Mapping[Modality, Fitted], path: Path) -> None:
    """Write what was fitted, whole or not at all.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    content = {"format": FORMAT, **{modality.value: asdict(one) for modality, one in fitted.items()}}
    write_whole(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode(), mode=0o644)


def _fitted(content: Mapping[str, object]) -> Fitted:
    strangers, mates = content["strangers"], content["mates"]
    if not (isinstance(strangers, dict) and isinstance(mates, dict)):
        raise TypeError("parts are missing")
    return Fitted(
        origin=str(content["origin"]),
        command=str(content["command"]),
        dimension=int(str(content["dimension"])),
        strangers=Strangers(**strangers),
        mates=Mates(**mates),
    )


def _require_finite(one: Strangers | Mates) -> None:
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ConfigurationError(f"{field.name} is no finite number", source=type(one).__name__.lower())

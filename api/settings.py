"""The settings of one installation: a TOML file in its home, read once into a frozen object."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from api.audit_settings import DEFAULT_AUDIT, AuditSettings
from api.device_settings import DEFAULT_DEVICES, DeviceSettings
from api.protection_settings import DEFAULT_PROTECTION, ProtectionSettings
from api.server_settings import DEFAULT_SERVER, ServerSettings
from api.signing_settings import DEFAULT_SIGNING, SigningSettings
from biometrics.decisions import DecisionPolicy
from biometrics.errors import ConfigurationError
from biometrics.files import write_whole
from enrollment.capture.policy import DEFAULT_CAPTURE, CapturePolicy
from matching.policy import DEFAULT_POLICY

FILE_NAME = "settings.toml"

_TABLES = ("policy", "server", "audit", "signing", "protection", "devices", "capture")
"""Settings that are tables of the file."""

_FORMER = ("gallery_key_file",)
"""Settings of earlier versions, which wrote all of them into every file: passed over, as nothing is lost with them."""

_WORDS = {tuple: "a list of texts"}

_LONGEST_TIMEOUT_MIN = 7 * 24 * 60
"""A week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation may choose; docs/operations.md explains each.

    Parameters
    ----------
    face_model
        Identifier of the model that makes face templates: one of `kura models list`, or `default` for the built-in one.
    pad_model
        Identifier of the model that judges presentation attacks on faces; empty for none.
    face_calibration, finger_calibration
        Population of a shipped calibration, or the path of a calibration file (`.json`) from the home; `default` is the
        shipped default.
    gallery_folder
        Folder, from the home, where prints, faces and vectors of galleries in use lie, in files without a name; empty
        keeps prints and faces in memory.
    gallery_folder_encrypted
        Whether that folder lies on a disk that is encrypted in a way that cannot be seen from here.
    extraction_threads
        Images worked on at a time; 0 means one per core.
    case_timeout_min
        Minutes for which an examiner holds a case.
    case_seeded_share
        Share of the cases handed to an examiner whose answer is known, within 0-1.
    policy
        Rates that decisions follow.
    server
        How `kura serve` listens, whom it believes, and how much it takes on.
    audit
        Where the audit log is anchored.
    protection
        Which key protects what is recorded.
    signing
        Which keys sign.
    devices
        Which capture devices are there, and whom they are trusted by.
    capture
        What is asked of captures, and how often before a person decides.
    """

    face_model: str = "default"
    pad_model: str = ""
    face_calibration: str = "default"
    finger_calibration: str = "default"
    gallery_folder: str = ""
    gallery_folder_encrypted: bool = False
    extraction_threads: int = 0
    case_timeout_min: int = 60
    case_seeded_share: float = 0.05
    policy: DecisionPolicy = DEFAULT_POLICY
    server: ServerSettings = DEFAULT_SERVER
    audit: AuditSettings = DEFAULT_AUDIT
    protection: ProtectionSettings = DEFAULT_PROTECTION
    signing: SigningSettings = DEFAULT_SIGNING
    devices: DeviceSettings = DEFAULT_DEVICES
    capture: CapturePolicy = DEFAULT_CAPTURE

    def __post_init__(self) -> None:
        if self.extraction_threads < 0:
            raise ConfigurationError("extraction_threads must not be negative", remedy="use 0 for one per core")
        if not 1 <= self.case_timeout_min <= _LONGEST_TIMEOUT_MIN:
            raise ConfigurationError(f"case_timeout_min must lie within 1-{_LONGEST_TIMEOUT_MIN}")
        if not 0.0 <= self.case_seeded_share <= 1.0:
            raise ConfigurationError("case_seeded_share must lie within 0-1")
        if not self.face_model:
            raise ConfigurationError("face_model is empty", remedy="write default for the built-in model")

    @property
    def threads(self) -> int:
        """Images worked on at a time, at least 1."""
        return self.extraction_threads or len(os.sched_getaffinity(0))


def read_settings(home: Path) -> Settings:
    """Read the settings of a home; without a file they are the defaults.

    Raises
    ------
    ConfigurationError
        When the file is no TOML, or holds an unknown name or an impossible value.
    """
    path = home / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"the settings cannot be read: {error}",
            source=str(path),
            remedy="mend the file, or remove it to go back to the defaults",
        ) from error
    for name in _FORMER:
        content.pop(name, None)
    try:
        policy = DecisionPolicy(**_checked(_table(content, "policy"), asdict(DEFAULT_POLICY), "policy."))
        server = ServerSettings(**_checked(_table(content, "server"), asdict(DEFAULT_SERVER), "server."))
        audit = AuditSettings(**_checked(_table(content, "audit"), asdict(DEFAULT_AUDIT), "audit."))
        signing = SigningSettings(**_checked(_table(content, "signing"), asdict(DEFAULT_SIGNING), "signing."))
        protection = ProtectionSettings(
            **_checked(_table(content, "protection"), asdict(DEFAULT_PROTECTION), "protection.")
        )
        devices = DeviceSettings(**_checked(_table(content, "devices"), asdict(DEFAULT_DEVICES), "devices."))
        capture = CapturePolicy(**_checked(_table(content, "capture"), asdict(DEFAULT_CAPTURE), "capture."))
        values = _checked(content, _plain(Settings()), "")
        return Settings(
            policy=policy,
            server=server,
            audit=audit,
            protection=protection,
            signing=signing,
            devices=devices,
            capture=capture,
            **values,
        )
    except ConfigurationError as error:
        raise error.at(str(path)) from None


def write_settings(home: Path, settings: Settings) -> None:
    """Write a settings file that says every value, so that a reader sees what can be set."""
    lines = [
        "# Settings of this Kura installation; docs/operations.md explains each. Changes count from the next command."
    ]
    lines += [f"{name} = {_toml(value)}" for name, value in _plain(settings).items()]
    for table, chosen in ((name, getattr(settings, name)) for name in _TABLES):
        lines += ["", f"[{table}]"]
        lines += [f"{name} = {_toml(value)}" for name, value in asdict(chosen).items()]
    write_whole(home / FILE_NAME, ("\n".join(lines) + "\n").encode())


def _plain(settings: Settings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(settings) if field.name not in _TABLES}


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Take a table out of what was read."""
    table = content.pop(name, {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{name} must be a table", remedy=f"write [{name}] and a line per value below it")
    return table


def _toml(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if not isinstance(value, str):
        return repr(value)
    # JSON's escapes are TOML's too, but for DEL, which JSON lets stand: no value ends its line or its quotes.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _checked(given: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise ConfigurationError(
            f"unknown setting {prefix}{unknown[0]}", remedy=f"known are {', '.join(prefix + name for name in defaults)}"
        )
    values = dict(defaults)
    for name, value in given.items():
        wanted = type(defaults[name])
        if wanted is tuple and isinstance(value, list) and all(isinstance(one, str) for one in value):
            values[name] = tuple(value)
            continue
        number = wanted is float and isinstance(value, int) and not isinstance(value, bool)
        if type(value) is not wanted and not number:
            raise ConfigurationError(
                f"{prefix}{name} must be {_WORDS.get(wanted, wanted.__name__)}, not {value!r}",
                remedy="see docs/operations.md, Settings",
            )
        try:
            values[name] = float(value) if number else value
        except OverflowError:
            raise ConfigurationError(
                f"{prefix}{name} is too large", remedy="see docs/operations.md, Settings"
            ) from None
    return values

"""Whether the key from outside that a registry was opened with opens a backup too: it is never in one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import LargeBinary

from biometrics.errors import KeyUnavailableError
from registry.backup.manifest import TableFile
from registry.backup.table_files import read_rows
from registry.keys.encryption import KeyEncryption
from registry.keys.naming import ROOT
from registry.lying import plain
from registry.tables.keys import installation_keys


def require_key(path: Path, told: TableFile, encryption: KeyEncryption) -> None:
    """Refuse a backup that the key does not open.

    Parameters
    ----------
    path, told
        The backup's table of keys, and what its manifest says of it.
    encryption
        The key.

    Raises
    ------
    KeyUnavailableError
        When the backup is protected by others.
    StorageError
        When the file is damaged.
    """
    binary = [isinstance(column.type, LargeBinary) for column in plain(installation_keys).columns]
    rows = [dict(zip(told.columns, row, strict=True)) for row in read_rows(path, told, binary)]
    roots = [row for row in rows if row.get("name") == ROOT]
    own = [row for row in roots if row.get("kek_id") == encryption.key_id]
    if not own:
        known = ", ".join(sorted({str(row.get("kek_id")) for row in roots})) or "none"
        raise KeyUnavailableError(
            f"the backup is protected by another key than {encryption.key_id}: {known}",
            source=str(path),
            remedy="restore into a new --home whose protection.key, or the key in its settings, is that key or the"
            " recovery key; nothing was changed",
        )
    for row in own:
        encryption.unwrap(row["wrapped"])

"""Which version of the schema a database holds, and what to say of one that is not this Kura's."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, func, insert, inspect, select

from biometrics.errors import RecordVersionError
from registry.failures import foreign
from registry.tables.core import schema_versions

OLDEST_VERSION, SCHEMA_VERSION = 1, 5

# Alembic's own note of how far it has come; `kura_schema` is what every Kura looks at before it touches anything.
alembic_versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def record_revision(connection: Connection, version: int) -> None:
    """Tell Alembic in which version the tables are that something else created."""
    alembic_versions.create(connection)
    connection.execute(insert(alembic_versions).values(version_num=str(version)))


def version_of(connection: Connection, source: str) -> int | None:
    """Return the version of a registry, None while its tables are still to be created; refuse what is none.

    Raises
    ------
    RecordVersionError
        When the database belongs to another application, or to a newer version of Kura.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    columns = inspect(connection).get_columns(schema_versions.name) if schema_versions.name in tables else []
    if "version" not in {column["name"] for column in columns}:
        raise foreign(source)
    version = connection.scalar(select(func.max(schema_versions.c.version)))
    if not isinstance(version, int) or not OLDEST_VERSION <= version <= SCHEMA_VERSION:
        raise _mismatch(version, source, "use the Kura that wrote it, or a newer one; it was left as it is")
    return version


def outdated(version: int, source: str) -> RecordVersionError:
    """Return the error for a registry that an older Kura wrote."""
    return _mismatch(version, source, "bring it to this version with kura registry migrate; it was left as it is")


def _mismatch(version: object, source: str, remedy: str) -> RecordVersionError:
    message = f"the registry has schema version {version}, this Kura writes version {SCHEMA_VERSION}"
    return RecordVersionError(message, source=source, remedy=remedy)

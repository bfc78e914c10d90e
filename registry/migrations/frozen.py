"""The frozen statements of a revision."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection, text

from biometrics.samples import now_utc
from registry.columns import utc_text

END = ";\n\n"
"""Between statements; those of triggers hold semicolons themselves."""

_NOTE = "INSERT INTO kura_schema (version, installed_at) VALUES (:version, :installed_at)"


def apply(connection: Connection, revision: str) -> None:
    """Execute what a revision does to a database of this dialect, and note when, where every Kura looks for it."""
    for statement in read(revision, connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(text(_NOTE), {"version": int(revision), "installed_at": utc_text(now_utc())})


def read(revision: str, dialect: str) -> list[str]:
    """Return the statements of a revision."""
    content = (files("registry.migrations") / "sql" / f"{revision}_{dialect}.sql").read_text(encoding="utf-8")
    return content.removesuffix(";\n").split(END)


def joined(statements: list[str]) -> str:
    """Return the content of a file of statements."""
    return END.join(statements) + ";\n"

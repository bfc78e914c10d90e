"""Parameters that the operations of OSIA Enrollment share, and the answers they list."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from api.osia.models import Error


def _flag(text: object) -> object:
    """Return what `true` or `false` stands for; the framework would also take `yes` and `1`."""
    if text not in ("true", "false", True, False):
        raise ValueError("neither true nor false")
    return text in ("true", True)


EnrollmentId = Annotated[str, Path(alias="enrollmentId", description="the client's identifier of the enrollment")]
BufferId = Annotated[str, Path(alias="bufferId", description="the identifier that was answered for the buffer")]


class TransactionQuery(BaseModel):
    """What every operation takes: the client's name of the transaction."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)

    transaction_id: str


class ChangeQuery(TransactionQuery):
    """Of operations that keep an enrollment: whether everything was collected."""

    finalize: Annotated[bool, BeforeValidator(_flag)] = False


class ReadQuery(TransactionQuery):
    """Of a reading: what to answer, everything by default."""

    attributes: list[str] | None = None


class FindQuery(TransactionQuery):
    """Of a search: how many to pass over, and how many to answer at most."""

    offset: int = 0
    limit: int = 100


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the description says of refusals with these statuses."""
    return {status: {"model": Error, "description": _SAID[status]} for status in (*statuses, 500)}


_SAID = {
    400: "The request is not formed as described",
    403: "Not allowed, or the content cannot be used",
    404: "There is no such enrollment or buffer",
    409: "There is an enrollment of this identifier",
    500: "The service failed",
}

"""Parameters that the operations of OSIA Enrollment share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from api.osia.answering import Flag

EnrollmentId = Annotated[str, Path(alias="enrollmentId", description="the client's identifier of the enrollment")]
BufferId = Annotated[str, Path(alias="bufferId", description="the identifier that was answered for the buffer")]


class TransactionQuery(BaseModel):
    """What every operation takes: the client's name of the transaction."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)

    transaction_id: str


class ChangeQuery(TransactionQuery):
    """Of operations that keep an enrollment: whether everything was collected."""

    finalize: Flag = False


class ReadQuery(TransactionQuery):
    """Of a reading: what to answer, everything by default."""

    attributes: list[str] | None = None


class FindQuery(TransactionQuery):
    """Of a search: how many to pass over, and how many to answer at most."""

    offset: int = 0
    limit: int = 100

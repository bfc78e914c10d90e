"""The query parameters of OSIA Biometrics."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.osia.formats import Address
from api.osia.models import BiometricSubType, BiometricType


class TransactionQuery(BaseModel):
    """What every operation takes: the client's name of the transaction."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)

    transaction_id: str

    def parameters(self) -> dict[str, Any]:
        """Return what was sent by OSIA's names, without what only says how the answer travels."""
        return self.model_dump(by_alias=True, exclude_unset=True, exclude={"callback", "priority"})


class CallbackQuery(TransactionQuery):
    """Of operations whose result may be sent later."""

    callback: Address | None = None


class PriorityQuery(CallbackQuery):
    """Of operations that may be preferred to others."""

    priority: int | None = None


class CreateQuery(PriorityQuery):
    """Of operations that record an encounter; `algorithm` is a hint that nothing follows from."""

    algorithm: str | None = None


class StatusQuery(CallbackQuery):
    """Of the operation that takes an encounter into use or out of it."""

    status: str


class TemplateQuery(PriorityQuery):
    """Which templates are asked for."""

    biometric_type: BiometricType | None = None
    biometric_sub_type: BiometricSubType | None = None
    instance: str | None = None
    template_format: str | None = None
    quality_format: str | None = None


class CompareQuery(PriorityQuery):
    """Of comparisons and searches; level of accuracy and of service are hints that nothing follows from."""

    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None
    accuracy_level: str | None = None
    service_level: int | None = None


class SearchQuery(CompareQuery):
    """Of searches."""

    max_nb_cand: int | None = None


class ContentQuery(PriorityQuery):
    """Which part of a gallery's content is asked for."""

    offset: int = 0
    limit: int = 1000

"""References made of pictures that came without, recorded encounter by encounter, and what could not be used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import Update, bindparam, insert, select, update

from biometrics.errors import RecordConflictError
from biometrics.protocols import ChangeKind
from biometrics.records import PAD_NOT_RECORDED, QUALITY_NOT_RECORDED
from biometrics.templates import BiometricReference, Template
from registry.audit import REFERENCES_ADDED, append_events
from registry.extraction import NOT_RETIRED, ExtractedSample, ExtractionReader
from registry.identifiers import new_identifier
from registry.record_seals import RECORD, encounter_seals
from registry.rows import StoredRow, reference_values, sample_of, sample_values
from registry.sealed import owned
from registry.sequence import add_changes
from registry.tables.core import encounters, references, samples


class ExtractionWriter(ExtractionReader):
    """What an extraction records: `writer.extraction`."""

    def record(self, results: Sequence[ExtractedSample], *, last_exchange: int) -> int:
        """Record what was made of some pictures, and return how many references were added.

        Passed over are pictures whose encounter was retired or purged meanwhile, or that another extraction dealt with.

        Raises
        ------
        RecordConflictError
            When references were exchanged for another model's since `last_exchange`.
        """
        if self.last_exchange() != last_exchange:
            raise RecordConflictError(
                "references were moved to another model meanwhile", remedy="run the same command again"
            )
        rows = self._open_rows({one.encounter_id for one in results})
        made = {(one.encounter_id, one.ordinal): one for one in results}
        met = [(rows[place], made[place]) for place in sorted(made.keys() & rows.keys())]
        if not met:
            return 0
        told = self._add_references(met)
        self._connection.execute(_update(), [_changed_sample(row, one) for row, one in met])
        seals = encounter_seals(self._connection, {one.encounter_id for _, one in met})
        sealed = [(name, {**details, RECORD: seals[str(details["encounter_id"])]}) for name, details in told]
        append_events(self._connection, action=REFERENCES_ADDED, told=sealed)
        return sum(one.template is not None for _, one in met)

    def _open_rows(self, encounter_ids: set[str]) -> dict[tuple[str, int], StoredRow]:
        query = (
            select(samples, encounters.c.subject_id)
            .join(encounters, encounters.c.encounter_id == samples.c.encounter_id)
            .where(samples.c.encounter_id.in_(encounter_ids), samples.c.unextracted.is_not(None), NOT_RETIRED)
        )
        return {(row.encounter_id, row.ordinal): row for row in self._connection.execute(query)}

    def _add_references(
        self, met: Sequence[tuple[StoredRow, ExtractedSample]]
    ) -> list[tuple[str, Mapping[str, object]]]:
        """Add the references of each encounter by one change, and return what the audit trail shall tell."""
        by_encounter = {name: list(some) for name, some in groupby(met, key=lambda pair: pair[0].encounter_id)}
        added = [name for name, some in by_encounter.items() if any(one.template is not None for _, one in some)]
        first = add_changes(self._connection, [(ChangeKind.ADDED, name) for name in added]) if added else 0
        numbers = {name: first + index for index, name in enumerate(added)}
        values = {
            name: [_reference_values(row, one.template, numbers[name]) for row, one in some if one.template is not None]
            for name, some in by_encounter.items()
        }
        if added:
            rows = [owned(references, name, row) for name, rows in values.items() for row in rows]
            self._connection.execute(insert(references), rows)
        return [
            (
                some[0][0].subject_id,
                {
                    "encounter_id": name,
                    "added_at": numbers.get(name),
                    "references": {
                        row["reference_id"]: hashlib.sha256(row["template"]).hexdigest() for row in values[name]
                    },
                    "extracted": [one.ordinal for _, one in some if one.template is not None],
                    "unusable": {str(one.ordinal): one.failure for _, one in some if one.template is None},
                },
            )
            for name, some in by_encounter.items()
        ]


def _reference_values(row: StoredRow, template: Template, added_at: int) -> dict[str, Any]:
    reference = BiometricReference(
        reference_id=new_identifier(), subject_id=row.subject_id, template=template, sample_sha256=row.sha256
    )
    return reference_values(row.encounter_id, row.ordinal, reference, added_at=added_at)


def _changed_sample(row: StoredRow, made: ExtractedSample) -> dict[str, Any]:
    """Return what becomes of a picture's row: what was measured is kept where the sender had stated nothing."""
    sample = sample_of(row)
    if sample.quality == QUALITY_NOT_RECORDED and made.quality is not None:
        sample = replace(sample, quality=made.quality)
    if sample.pad == PAD_NOT_RECORDED and made.pad is not None:
        sample = replace(sample, pad=made.pad)
    values = sample_values(row.encounter_id, row.ordinal, sample)
    kept = {name: values[name] for name in _MEASURED}
    return {**kept, "unextracted": made.failure, "own_encounter": row.encounter_id, "own_ordinal": row.ordinal}


_MEASURED = ("quality", "quality_algorithm", "quality_components", "pad")


def _update() -> Update:
    own = samples.c.encounter_id == bindparam("own_encounter"), samples.c.ordinal == bindparam("own_ordinal")
    changed: dict[str, Any] = {name: bindparam(name) for name in (*_MEASURED, "unextracted")}
    return update(samples).where(*own).values(**changed)

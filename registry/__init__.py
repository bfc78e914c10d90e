"""The system of record: subjects, encounters, samples, references, cases, audit trail; `store.Registry` is the door."""

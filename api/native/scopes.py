"""Scopes of the native API: what a token must hold for each area."""

from __future__ import annotations

ENROLL = "kura.enroll"
IDENTIFY = "kura.identify"
VERIFY = "kura.verify"
PERSONS_READ = "kura.persons.read"
PERSONS_WRITE = "kura.persons.write"
PERSONS_MERGE = "kura.persons.merge"
CASES_READ = "kura.cases.read"
CASES_DECIDE = "kura.cases.decide"
CASES_SUPERVISE = "kura.cases.supervise"
STATISTICS_READ = "kura.statistics.read"
DEDUPLICATIONS_READ = "kura.deduplications.read"
DEDUPLICATIONS_RUN = "kura.deduplications.run"
AUDIT_READ = "kura.audit.read"
GALLERIES_READ = "kura.galleries.read"
ADMIN = "kura.admin"

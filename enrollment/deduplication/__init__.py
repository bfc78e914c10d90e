"""Everybody against everybody, or newcomers against everybody: runs that survive any interruption, and their cases."""

from enrollment.deduplication.reporting import ReportedPair, report_duplicates

__all__ = ["ReportedPair", "report_duplicates"]

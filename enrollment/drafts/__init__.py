"""Enrollments that are still being collected: how their documents change, and by what they are found."""

"""People's rights carried out: erasures to their end, rules of retention, everything about a person for that person."""

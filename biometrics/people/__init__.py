"""What is stated about persons: names, dates and places as exactly as they are known, identifiers."""

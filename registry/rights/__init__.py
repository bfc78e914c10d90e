"""People's rights over what is recorded about them: requests, restrictions, legal holds, erasures, retention."""

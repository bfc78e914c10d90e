"""Tasks: what clients want done later, durable when accepted, done at least once, its result sent until it arrives."""

"""An exact search among many vectors that are kept as bytes: proved bounds, rescored in full precision."""

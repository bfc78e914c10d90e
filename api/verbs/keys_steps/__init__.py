"""Steps of `kura keys`."""

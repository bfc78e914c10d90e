"""Simulators of devices that speak the real protocols: for whoever writes or tries a client without the hardware."""

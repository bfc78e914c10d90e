"""How far turned vectors can be linked, and what an attacker needs to turn them back."""

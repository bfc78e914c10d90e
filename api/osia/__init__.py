"""The interfaces of OSIA: biometrics, enrollment, third parties."""

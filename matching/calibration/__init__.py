"""What comparison scores mean: false match rates measured on impostors, and a named model where data end."""

from matching.calibration.curve import Calibration
from matching.calibration.files import load_calibration, read_calibration, write_calibration
from matching.calibration.fit import fit_calibration
from matching.calibration.tail import Tail

__all__ = ["Calibration", "Tail", "fit_calibration", "load_calibration", "read_calibration", "write_calibration"]

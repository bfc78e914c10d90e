"""From the ridges of a finger and a touch to the picture a sensor delivers.

Skin is dragged and twisted as in Cappelli, Maio and Maltoni, "Modelling plastic distortion in fingerprint images",
ICAPR 2001: where the finger is pressed firmly the skin sticks to the glass, outside it follows the bone, in between it
gives way. What touches prints: wet skin fills valleys, dry skin leaves ridges broken, folds and scars stay white.

Constants without a source were chosen by eye on prints of FVC2002 set B and held against it by `kura bench simulator`.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from biometrics.arrays import GrayPixels
from devices.simulated.fields import Field, centred_grid, smooth_noise
from devices.simulated.master import HEIGHT_PX as PAD_HEIGHT_PX
from devices.simulated.master import WIDTH_PX as PAD_WIDTH_PX
from devices.simulated.master import MasterPrint
from devices.simulated.profiles import ORDINARY, Profile
from devices.simulated.touch import Touch, draw_touch

SIMULATOR = "kura-fingers/1"
"""Name and version; another version, counted from the first release, makes other pictures of the same seeds."""

HEIGHT_PX, WIDTH_PX, PPI = 400, 336, 500.0
"""The sensor's window: 20.3 x 17.1 mm."""

_HALF_WIDTH_PX, _HALF_HEIGHT_PX = 150.0, 200.0
"""Half axes of the contact of an ordinary index finger, firmly pressed."""

_FIRM_SHARE = 0.55
"""Size of the part that sticks, as a share of the contact."""

_RIM_PX = 26.0
"""Over what distance contact fades at its rim."""

_SOFTNESS = 0.30
"""How much of a ridge's height it takes from no print to full print."""

_INK_LEVEL, _GROUND_LEVEL = 48.0, 226.0
_BLUR_PX = 0.75


def take_impression(master: MasterPrint, touch: int, profile: Profile = ORDINARY) -> GrayPixels:
    """Return impression number `touch` of a finger, [400, 336] at 500 ppi, ridges dark; same numbers, same picture."""
    return impress(master, draw_touch(master.traits, touch, profile))


def impress(master: MasterPrint, touch: Touch) -> GrayPixels:
    """Return the picture of one touch, [400, 336] at 500 ppi, ridges dark."""
    random = np.random.default_rng([touch.seed, 0x81])
    x, y = _on_the_finger(touch)
    contact = _contact(master, touch, x, y, random)
    from_x, from_y = _before_distortion(master, touch, x, y, random)
    ridges, creases, grain = _seen(master, from_x, from_y)
    height = _height(ridges, creases, grain, touch, random)
    ink = _ink(height, contact)
    return _gray_levels(ink, touch, random)


def _on_the_finger(touch: Touch) -> tuple[Field, Field]:
    """Return where on the pad each pixel of the sensor lies when nothing is stretched: pixels, y up."""
    right, up = centred_grid(HEIGHT_PX, WIDTH_PX)
    right, up = right - np.float32(touch.shift_px[0]), up - np.float32(touch.shift_px[1])
    turn = math.radians(touch.rotation_deg)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    return cos * right + sin * up, cos * up - sin * right


def _rim_distance(master: MasterPrint, touch: Touch, x: Field, y: Field) -> Field:
    """Return how far out each pixel lies, 1 at the rim of contact: a blunt oval."""
    half_width = _HALF_WIDTH_PX * master.traits.scale * math.sqrt(touch.area)
    half_height = _HALF_HEIGHT_PX * master.traits.scale * math.sqrt(touch.area)
    across = np.abs(x - np.float32(touch.press_px[0])) / np.float32(half_width)
    along = np.abs(y - np.float32(touch.press_px[1])) / np.float32(half_height)
    return np.asarray((across**2.4 + along**2.4) ** (1 / 2.4), dtype=np.float32)


def _contact(master: MasterPrint, touch: Touch, x: Field, y: Field, random: np.random.Generator) -> Field:
    """Return how firmly each pixel is touched: above 1 in the middle, 0 at the rim, negative outside."""
    out = _rim_distance(master, touch, x, y) + 0.02 * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 60.0)
    reach = _RIM_PX / (_HALF_WIDTH_PX * master.traits.scale)
    return np.asarray((1.0 - out) / reach, dtype=np.float32)


def _before_distortion(
    master: MasterPrint, touch: Touch, x: Field, y: Field, random: np.random.Generator
) -> tuple[Field, Field]:
    """Return which point of the unstretched pad lies at each pixel."""
    reach = _HALF_WIDTH_PX * master.traits.scale * math.sqrt(touch.area)
    out = np.hypot(
        (x - touch.press_px[0]) / reach, (y - touch.press_px[1]) / (reach * _HALF_HEIGHT_PX / _HALF_WIDTH_PX)
    )
    # 0 where the skin sticks, growing to 1 where it follows the bone.
    loose = np.clip((out - _FIRM_SHARE) / (1.6 - _FIRM_SHARE), 0.0, 1.0)
    follows = loose * loose * (3.0 - 2.0 * loose)
    twist = math.radians(touch.twist_deg)
    moved_x = touch.slide_px[0] - twist * (y - touch.press_px[1])
    moved_y = touch.slide_px[1] + twist * (x - touch.press_px[0])
    wrinkle_x = touch.wrinkle_px * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 60.0)
    wrinkle_y = touch.wrinkle_px * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 60.0)
    from_x = x + follows * moved_x + wrinkle_x
    from_y = y + follows * moved_y + wrinkle_y
    return np.asarray(from_x, dtype=np.float32), np.asarray(from_y, dtype=np.float32)


def _seen(master: MasterPrint, from_x: Field, from_y: Field) -> tuple[Field, Field, Field]:
    columns = from_x + np.float32((PAD_WIDTH_PX - 1) / 2)
    rows = np.float32((PAD_HEIGHT_PX - 1) / 2) - from_y
    ridges = cv2.remap(
        master.ridges, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(-1.0,)
    )
    creases = cv2.remap(master.creases, columns, rows, cv2.INTER_LINEAR)
    grain = cv2.remap(master.grain, columns, rows, cv2.INTER_LINEAR)
    return np.asarray(ridges, np.float32), np.asarray(creases, np.float32), np.asarray(grain, np.float32)


def _height(ridges: Field, creases: Field, grain: Field, touch: Touch, random: np.random.Generator) -> Field:
    """Return how far the skin stands out towards the glass, ink flowing above 0."""
    patches = touch.patches * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 55.0)
    fresh = random.standard_normal((HEIGHT_PX, WIDTH_PX), dtype=np.float32)
    gnawed = cv2.GaussianBlur(fresh, (0, 0), 1.2) * np.float32(2 * 1.2 * math.sqrt(math.pi))
    uneven = np.float32(touch.speckle) * (np.float32(0.6) * grain + np.float32(0.8) * gnawed)
    return np.asarray(ridges + touch.wetness + patches + uneven - 2.5 * touch.creases * creases, dtype=np.float32)


def _ink(height: Field, contact: Field) -> Field:
    """Return how dark each pixel prints, 0 to 1: only what stands out and is pressed."""
    pressed = np.minimum(contact, 1.0) - 1.0  # 0 where firmly pressed, lower towards the rim
    printed = 1.0 / (1.0 + np.exp(np.clip((height + 1.6 * pressed) / (-0.5 * _SOFTNESS), -30.0, 30.0)))
    inside = np.clip(contact * 2.0 + 1.0, 0.0, 1.0)
    return np.asarray(printed * inside, dtype=np.float32)


def _gray_levels(ink: Field, touch: Touch, random: np.random.Generator) -> GrayPixels:
    ground = _GROUND_LEVEL + 5.0 * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 120.0)
    darkness = _INK_LEVEL + 14.0 * smooth_noise(random, HEIGHT_PX, WIDTH_PX, 70.0)
    seen = cv2.GaussianBlur(np.asarray(ground + (darkness - ground) * ink, np.float32), (0, 0), _BLUR_PX)
    noise = random.standard_normal((HEIGHT_PX, WIDTH_PX), dtype=np.float32) * np.float32(touch.noise_levels)
    # Light ground is noisier in no sensor: what is printed flickers more than what is not.
    noisy = seen + noise * (0.4 + 0.6 * ink)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)

"""The layers of the face embedder, compiled.

Two steps make nearly all of the arithmetic: `_spread` convolves each channel of a block of pixels by a kernel of its
own, `_multiply` takes products over the channels (a 1x1 convolution); both end with bias and PReLU while the numbers
are in registers. Such steps are written in the compiler's intermediate language, for it must know which numbers share
a register. Every product is added by one fused operation with one rounding, channel after channel: equal pictures give
equal vectors on every machine. Self-contained, as `biometrics.compiled` demands.

Pictures between layers lie in panels of PANEL channels, each a picture with a frame of zeros one pixel wide. What one
step hands to the other is a strip: pixels PITCH numbers apart, with all their channels side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from biometrics.compiled import compiled

Floats: TypeAlias = NDArray[np.float32]
Levels: TypeAlias = NDArray[np.int8]

_FEATURES = config.CPU_FEATURES or get_host_cpu_features().flatten()  # type: ignore[attr-defined]
_WIDE = "+avx512f" in _FEATURES
LANES = 16 if _WIDE else 8  # numbers in a register
VECTORS = 2 if _WIDE else 1  # registers for the channels of a panel
PANEL = LANES * VECTORS  # channels that lie side by side in a picture
BLOCK = 7  # pixels that are worked on together, or twice as many: all sums stay in registers; divides every side
PITCH = 1040  # fixed, so that one register addresses all pixels of a block; no power of two, which the cache dislikes
SEEN = 9  # numbers per column of the first convolution: three pixels above each other, three colours
TAPS = 9  # of a 3x3 kernel, followed by bias and slope
TOGETHER = 2  # faces that go through the layers together
FEATURES = 50_176  # numbers that the last product takes: 1,024 channels of 7 x 7 pixels
WIDE = 128  # numbers of a vector
PART = WIDE if _WIDE else 32  # of them worked on together
MIDDLE = np.float32(127.5)  # black to white is -127.5 to 127.5

_INDEX, _FLOAT = ir.IntType(64), ir.FloatType()
_VECTOR, _LANE = ir.VectorType(_FLOAT, LANES), ir.VectorType(ir.IntType(32), LANES)
_BYTES = ir.VectorType(ir.IntType(8), LANES)


def _instruction(write: Callable[..., None]) -> Any:
    """Return a function for compiled code whose own code `write` emits; an array and a start become one pointer."""

    @intrinsic
    def instruction(_: Any, *kinds: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            values = cgutils.unpack_tuple(builder, arguments[0])  # type: ignore[no-untyped-call]
            given = iter(zip(signature.args[0], values, strict=True))
            operands = []
            for kind, value in given:
                if isinstance(kind, types.Array):
                    _, start = next(given)
                    operands.append(builder.gep(context.make_array(kind)(context, builder, value).data, [start]))
                else:
                    operands.append(value)
            write(builder, *operands)
            return context.get_dummy_value()

        return types.void(types.StarArgTuple(kinds)), generate  # type: ignore[no-untyped-call]

    return instruction


def _index(number: int) -> Any:
    return ir.Constant(_INDEX, number)


def _load(builder: Any, pointer: Any, offset: Any) -> Any:
    vector = builder.load(builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer()))
    vector.align = 4
    return vector


def _load_levels(builder: Any, pointer: Any, offset: Any) -> Any:
    levels = builder.load(builder.bitcast(builder.gep(pointer, [offset]), _BYTES.as_pointer()))
    levels.align = 1
    return builder.sitofp(builder.sext(levels, _LANE), _VECTOR)


def _store(builder: Any, vector: Any, pointer: Any, offset: Any) -> None:
    builder.store(vector, builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer())).align = 4


def _in_every_lane(builder: Any, number: Any) -> Any:
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(_LANE, [0] * LANES))


def _plus_product(builder: Any, total: Any, left: Any, right: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    name = f"llvm.fma.v{LANES}f32"
    fused = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
    return builder.call(fused, [left, right, total])


def _bent(builder: Any, vector: Any, slope: Any) -> Any:
    positive = builder.fcmp_ordered(">", vector, ir.Constant(_VECTOR, [0.0] * LANES))
    return builder.select(positive, vector, builder.fmul(vector, slope))


def _multiply(pixels: int, pitch: int) -> Any:
    """Return the product of `pixels` rows, `pitch` numbers apart, and the weights of a panel.

    Operands: rows; weights [depth, PANEL]; depth; terms [2, PANEL], bias and slope; the result, PANEL numbers per row.
    """

    def write(builder: Any, rows: Any, weights: Any, depth: Any, terms: Any, result: Any) -> None:
        def weight(step: Any, vector: int) -> Any:
            return _load(builder, weights, builder.add(builder.mul(step, _index(PANEL)), _index(LANES * vector)))

        bias = [_load(builder, terms, _index(LANES * vector)) for vector in range(VECTORS)]
        sums = _add_products(builder, rows, [pitch * pixel for pixel in range(pixels)], depth, bias, weight)
        for vector in range(VECTORS):
            slope = _load(builder, terms, _index(PANEL + LANES * vector))
            for pixel in range(pixels):
                bent = _bent(builder, sums[pixel, vector], slope)
                _store(builder, bent, result, _index(PANEL * pixel + LANES * vector))

    return _instruction(write)


def _write_last_products(builder: Any, features: Any, levels: Any, depth: Any, grid: Any, result: Any) -> None:
    """Add to PART numbers of TOGETHER vectors the products of features and a group of levels.

    Operands: features; levels, WIDE numbers apart; depth; zero points and scales [2, WIDE]; the vectors.
    """
    count = PART // LANES
    zeros = [_load(builder, grid, _index(LANES * vector)) for vector in range(count)]

    def weight(step: Any, vector: int) -> Any:
        place = builder.add(builder.mul(step, _index(WIDE)), _index(LANES * vector))
        return builder.fsub(_load_levels(builder, levels, place), zeros[vector])

    nothing = [ir.Constant(_VECTOR, [0.0] * LANES)] * count
    sums = _add_products(builder, features, [FEATURES * face for face in range(TOGETHER)], depth, nothing, weight)
    for (face, vector), total in sums.items():
        place = _index(WIDE * face + LANES * vector)
        scale = _load(builder, grid, _index(WIDE + LANES * vector))
        _store(builder, _plus_product(builder, _load(builder, result, place), total, scale), result, place)


def _add_products(
    builder: Any, rows: Any, starts: list[int], depth: Any, bias: list[Any], weight: Callable[[Any, int], Any]
) -> dict[tuple[int, int], Any]:
    """Add product after product to the bias, for the rows at `starts` and each vector of weights; by row and vector."""
    spots = [(row, vector) for row in range(len(starts)) for vector in range(len(bias))]
    before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    step, sums = builder.phi(_INDEX), {spot: builder.phi(_VECTOR) for spot in spots}
    weights = [weight(step, vector) for vector in range(len(bias))]
    totals = {}
    for row, start in enumerate(starts):
        number = _in_every_lane(builder, builder.load(builder.gep(rows, [builder.add(step, _index(start))])))
        for vector in range(len(bias)):
            totals[row, vector] = _plus_product(builder, sums[row, vector], number, weights[vector])
    following = builder.add(step, _index(1))
    step.add_incoming(_index(0), before)
    step.add_incoming(following, loop)
    for spot in spots:
        sums[spot].add_incoming(bias[spot[1]], before)
        sums[spot].add_incoming(totals[spot], loop)
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
    builder.position_at_end(after)
    return totals


def _spread(stride: int) -> Any:
    """Return the convolution of LANES channels of a block by a 3x3 kernel each.

    Operands: a picture's first tap; how far its rows are apart; taps, bias and slope [11, LANES]; the strip's first
    pixel.
    """

    def write(builder: Any, picture: Any, row: Any, kernel: Any, strip: Any) -> None:
        taps = [_load(builder, kernel, _index(LANES * tap)) for tap in range(TAPS + 2)]
        sums = [taps[TAPS]] * BLOCK
        for down in range(3):
            line = builder.gep(picture, [builder.mul(row, _index(down))])
            for column in range(stride * (BLOCK - 1) + 3):
                seen = _load(builder, line, _index(PANEL * column))
                for right in range(3):
                    pixel, rest = divmod(column - right, stride)
                    if rest == 0 and 0 <= pixel < BLOCK:
                        sums[pixel] = _plus_product(builder, sums[pixel], seen, taps[3 * down + right])
        for pixel in range(BLOCK):
            _store(builder, _bent(builder, sums[pixel], taps[TAPS + 1]), strip, _index(PITCH * pixel))

    return _instruction(write)


def _write_unpacking(builder: Any, levels: Any, zeros: Any, scales: Any, numbers: Any, depth: Any) -> None:
    """Turn LANES columns of a panel's levels into weights: (level - zero point) * scale."""
    zero, scale = _load(builder, zeros, _index(0)), _load(builder, scales, _index(0))
    with cgutils.for_range(builder, depth, intp=_INDEX) as loop:
        place = builder.mul(loop.index, _index(PANEL))
        level = builder.fsub(_load_levels(builder, levels, place), zero)
        _store(builder, builder.fmul(level, scale), numbers, place)


_multiply_seen = _multiply(2 * BLOCK, SEEN)
_multiply_block, _multiply_two_blocks = _multiply(BLOCK, PITCH), _multiply(2 * BLOCK, PITCH)
_spread_block, _spread_halving = _spread(1), _spread(2)
_unpack_lanes, _add_last_products = _instruction(_write_unpacking), _instruction(_write_last_products)


@compiled("void(float32[::1], int64, int64, int64)")
def _clear_frames(pictures: Floats, start: int, side: int, panels: int) -> None:
    """Write zeros around the panels of one picture."""
    row = (side + 2) * PANEL
    for top in range(start, start + panels * (side + 2) * row, (side + 2) * row):
        bottom = top + (side + 1) * row
        pictures[top : top + row] = np.float32(0.0)
        pictures[bottom : bottom + row] = np.float32(0.0)
        for left in range(top + row, bottom, row):
            pictures[left : left + PANEL] = np.float32(0.0)
            pictures[left + row - PANEL : left + row] = np.float32(0.0)


@compiled("void(uint8[:, :, ::1], boolean, float32[:, ::1])")
def _centre(face: NDArray[np.uint8], mirrored: bool, lines: Floats) -> None:
    """Write a face's rows as numbers around 0, with a frame of zeros."""
    side = face.shape[0]
    lines[:] = np.float32(0.0)
    for y in range(side):
        line = lines[y + 1]
        for x in range(side):
            first = 3 * (side - x) if mirrored else 3 * (x + 1)
            line[first] = np.float32(face[y, x, 0]) - MIDDLE
            line[first + 1] = np.float32(face[y, x, 1]) - MIDDLE
            line[first + 2] = np.float32(face[y, x, 2]) - MIDDLE


@compiled("void(float32[::1], int64, float32[::1])")
def _gather(line: Floats, place: int, columns: Floats) -> None:
    """Write a line's colours into every column."""
    for x in range(line.size // 3):
        columns[SEEN * x + place] = line[3 * x]
        columns[SEEN * x + place + 1] = line[3 * x + 1]
        columns[SEEN * x + place + 2] = line[3 * x + 2]


@compiled("void(uint8[:, :, ::1], boolean, float32[::1], float32[::1], float32[::1], int64)")
def see(face: NDArray[np.uint8], mirrored: bool, weights: Floats, terms: Floats, pictures: Floats, start: int) -> None:
    """Run the first layer on a face or its mirror image: a 3x3 convolution over colours.

    `weights` [panels, 27, PANEL] by column, row and colour; `terms` [panels, 2, PANEL]; the result begins at `start`.
    """
    side, panels, depth = face.shape[0], terms.size // (2 * PANEL), 3 * SEEN
    row = (side + 2) * PANEL
    lines, columns = np.empty((side + 2, 3 * (side + 2)), np.float32), np.empty((side + 2) * SEEN, np.float32)
    _centre(face, mirrored, lines)
    _clear_frames(pictures, start, side, panels)
    for y in range(side):
        for down in range(3):
            _gather(lines[y + down], 3 * down, columns)
        for panel in range(panels):
            place = start + (panel * (side + 2) + y + 1) * row + PANEL
            weight, term = panel * depth * PANEL, panel * 2 * PANEL
            for x in range(0, side, 2 * BLOCK):
                _multiply_seen(columns, SEEN * x, weights, weight, depth, terms, term, pictures, place + x * PANEL)


@compiled("void(float32[::1], int64, int64, int64, float32[::1], float32[::1], int64)")
def _spread_row(
    pictures: Floats, start: int, side: int, stride: int, kernels: Floats, strip: Floats, place: int
) -> None:
    """Convolve one row of pixels channel by channel into a strip; `start` is its first tap, in the first panel."""
    row = (side + 2) * PANEL
    for group in range(kernels.size // ((TAPS + 2) * LANES)):
        kernel = group * (TAPS + 2) * LANES
        first = start + (group // VECTORS) * (side + 2) * row + (group % VECTORS) * LANES
        for x in range(0, side // stride, BLOCK):
            tap, pixel = first + x * stride * PANEL, place + x * PITCH + group * LANES
            if stride == 1:
                _spread_block(pictures, tap, row, kernels, kernel, strip, pixel)
            else:
                _spread_halving(pictures, tap, row, kernels, kernel, strip, pixel)


@compiled("void(int8[:, ::1], float32[:, :, ::1], float32[::1])")
def _unpack(levels: Levels, grid: Floats, weights: Floats) -> None:
    """Turn levels [depth, PANEL] into weights; `grid` [groups, 2, PANEL] has zero point and scale of each group."""
    flat, depth = levels.reshape(levels.size), levels.shape[0] // grid.shape[0]
    for group in range(grid.shape[0]):
        zero, scale = grid[group, 0], grid[group, 1]
        for lane in range(0, PANEL, LANES):
            place = group * depth * PANEL + lane
            _unpack_lanes(flat, place, zero, lane, scale, lane, weights, place, depth)


@compiled("void(float32[::1], int64, int64, float32[::1], int64, float32[::1], int64, float32[::1], int64)")
def _multiply_row(
    strip: Floats,
    pixel: int,
    side: int,
    weights: Floats,
    depth: int,
    terms: Floats,
    term: int,
    result: Floats,
    place: int,
) -> None:
    """Write one panel of one row of pixels."""
    x = 0
    while x < side:
        at, to = pixel + x * PITCH, place + x * PANEL
        if side - x >= 2 * BLOCK:
            _multiply_two_blocks(strip, at, weights, 0, depth, terms, term, result, to)
            x += 2 * BLOCK
        else:
            _multiply_block(strip, at, weights, 0, depth, terms, term, result, to)
            x += BLOCK


@compiled(
    "void(float32[::1], int64, int64, int64, float32[::1], int8[:, :, ::1], float32[:, :, :, ::1], float32[::1],"
    " float32[::1], float32[::1], float32[::1])"
)
def separate(
    pictures: Floats,
    count: int,
    side: int,
    stride: int,
    kernels: Floats,
    levels: Levels,
    grid: Floats,
    terms: Floats,
    strip: Floats,
    weights: Floats,
    result: Floats,
) -> None:
    """Run a layer on `count` pictures: a 3x3 kernel per channel, then products over the channels.

    `kernels` [channels / LANES, 11, LANES]; `levels` [panels, channels, PANEL] with `grid` [panels, groups, 2, PANEL];
    `terms` [panels, 2, PANEL]; `strip` and `weights` are room to work in.
    """
    panels, depth, out = levels.shape[0], levels.shape[1], side // stride
    rows, row = strip.size // (PITCH * out), (out + 2) * PANEL
    source, target = (side + 2) * (side + 2) * depth, (out + 2) * row * panels
    for picture in range(count):
        _clear_frames(result, picture * target, out, panels)
    for first in range(0, count * out, rows):
        some = range(first, min(first + rows, count * out))
        for y in some:
            start = (y // out) * source + (y % out) * stride * (side + 2) * PANEL
            _spread_row(pictures, start, side, stride, kernels, strip, (y - first) * out * PITCH)
        for panel in range(panels):
            _unpack(levels[panel], grid[panel], weights)
            for y in some:
                pixel = (y - first) * out * PITCH
                place = (y // out) * target + (panel * (out + 2) + y % out + 1) * row + PANEL
                _multiply_row(strip, pixel, out, weights, depth, terms, panel * 2 * PANEL, result, place)


@compiled("void(float32[::1], int64, int64, float32[:, ::1], float32[::1])")
def _flatten(pictures: Floats, picture: int, side: int, norm: Floats, features: Floats) -> None:
    """Scale and shift every channel of a picture, and write one after the other."""
    channels, row = norm.shape[1], (side + 2) * PANEL
    for channel in range(channels):
        panel = picture * (channels // PANEL) + channel // PANEL
        first = (panel * (side + 2) + 1) * row + PANEL + channel % PANEL
        place = picture * FEATURES + channel * side * side
        scale, shift = norm[0, channel], norm[1, channel]
        for y in range(side):
            for x in range(side):
                features[place + y * side + x] = pictures[first + y * row + x * PANEL] * scale + shift


@compiled(
    "void(float32[::1], int64, float32[:, ::1], int8[::1], float32[::1], float32[::1], float32[::1], float32[:, ::1])"
)
def conclude(
    pictures: Floats,
    side: int,
    norm: Floats,
    levels: Levels,
    grid: Floats,
    bias: Floats,
    features: Floats,
    vectors: Floats,
) -> None:
    """Scale and shift the channels of TOGETHER pictures, and write the last product of all.

    `norm` [2, channels]; `levels` [FEATURES, WIDE] with `grid` [groups, 2, WIDE]; `features` is room to work in.
    """
    result, groups = vectors.reshape(vectors.size), grid.size // (2 * WIDE)
    depth = FEATURES // groups
    for picture in range(TOGETHER):
        _flatten(pictures, picture, side, norm, features)
        vectors[picture] = bias
    for group in range(groups):
        for part in range(0, WIDE, PART):
            level, zero = group * depth * WIDE + part, group * 2 * WIDE + part
            _add_last_products(features, group * depth, levels, level, depth, grid, zero, result, part)

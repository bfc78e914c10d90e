"""Scans of int8 codes with the instruction VPDPBUSD, which adds 64 products of 8 bits to 16 sums of 32 bits.

Two routines. `scan_few` takes 16 rows and one probe at a time, adds products along the rows, and turns 16 registers
into one sum per row: it waits for memory alone. `scan_many` takes a few rows and up to 64 probes, a lane for each
probe: four codes of a row go to all lanes at once, all sums stay in registers, and the rows of a tile in the nearest
caches until every probe has met them. Both compare sums with limits in registers; only hits cost more. Both start from
`starts`, -128 times the sum of a probe's values, since codes are 128 above what they stand for. Self-contained, as
`biometrics.compiled` demands; compiled at import, which needs a processor that has the instruction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from biometrics.compiled import compiled

Codes: TypeAlias = NDArray[np.uint8]
Signed: TypeAlias = NDArray[np.int8]
Whole: TypeAlias = NDArray[np.int32]
Classes: TypeAlias = NDArray[np.uint16]
Floats: TypeAlias = NDArray[np.float32]

LANES = 16  # numbers of 32 bits in a register
STEP = 64  # bytes in a register
GROUP = 4  # bytes that are added up in one lane
PANEL = 4  # registers of probes that lie side by side
# Rows at a time for so many registers of probes: all sums stay in the 32 registers, and are enough to hide how long an
# addition takes. Measured on Zen 5: 0.98 of about 1.0 TOPS for 256 probes of 512 values; six rows by four are slower.
ROWS_OF = (0, 12, 10, 7, 5)
ROUND = 2 * GROUP  # columns in a round of the innermost loop
TILE_BYTES = 131_072  # rows of a tile: they stay in a core's second cache
AHEAD = 2 * LANES  # rows ahead that are asked for
# Rows that one probe meets side by side, and several: memory is read best in order, while several probes meet rows that
# are near and wait for additions. At 512 columns 17.0 and 18.0 ms for one probe, 30 and 17 ms for four.
ALONE, SEVERAL = 1, 8

_BYTE, _SHORT, _INT, _INDEX, _FLOAT = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_SUMS, _FLOATS = ir.VectorType(_INT, LANES), ir.VectorType(_FLOAT, LANES)
_BYTES = ir.VectorType(_BYTE, STEP)
_NONE = ir.Constant(_SHORT, 0)


def _instruction(write: Callable[..., Any]) -> Any:
    """Return a function for compiled code whose own code `write` emits; it takes arrays as pointers to bytes."""

    @intrinsic
    def instruction(_: Any, *kinds: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            operands = []
            values = cgutils.unpack_tuple(builder, arguments[0])  # type: ignore[no-untyped-call]
            for kind, value in zip(signature.args[0], values, strict=True):
                if isinstance(kind, types.Array):
                    start = context.make_array(kind)(context, builder, value).data
                    operands.append(builder.bitcast(start, _BYTE.as_pointer()))
                else:
                    operands.append(value)
            return write(builder, *operands)

        return types.int64(types.StarArgTuple(kinds)), generate  # type: ignore[no-untyped-call]

    return instruction


def _index(number: int) -> Any:
    return ir.Constant(_INDEX, number)


def _load(builder: Any, pointer: Any, place: Any, kind: Any) -> Any:
    """Load the item at a place, counted in bytes."""
    value = builder.load(builder.bitcast(builder.gep(pointer, [place]), kind.as_pointer()))
    value.align = 1
    return value


def _item(builder: Any, pointer: Any, number: Any, size: int, kind: Any) -> Any:
    """Load what begins at an item of an array whose items have `size` bytes."""
    return _load(builder, pointer, builder.mul(number, _index(size)), kind)


def _store(builder: Any, value: Any, pointer: Any, place: int) -> None:
    target = builder.bitcast(builder.gep(pointer, [_index(place)]), value.type.as_pointer())
    builder.store(value, target).align = 1


def _in_every_lane(builder: Any, number: Any, kind: Any) -> Any:
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(_SUMS, [0] * LANES))


def _plus_products(builder: Any, sums: Any, codes: Any, values: Any) -> Any:
    kind = ir.FunctionType(_SUMS, [_SUMS, _BYTES, _BYTES])
    name = "llvm.x86.avx512.vpdpbusd.512"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [sums, codes, values])  # type: ignore[no-untyped-call]


def _ask_for(builder: Any, pointer: Any, place: Any) -> None:
    """Let memory come into the first cache; any address may be asked for."""
    kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _INT, _INT, _INT])
    ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
    how = [ir.Constant(_INT, number) for number in (0, 3, 1)]  # to read, near, as data
    builder.call(ask, [builder.gep(pointer, [place]), *how])


def _over_columns(builder: Any, width: Any, step: int, sums: list[Any], body: Callable[..., list[Any]]) -> list[Any]:
    """Return the sums after `body(column, sums)` has added to them at every `step`-th column."""
    before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    column, so_far = builder.phi(_INDEX), [builder.phi(_SUMS) for _ in sums]
    totals = body(column, so_far)
    following = builder.add(column, _index(step))
    column.add_incoming(_index(0), before)
    column.add_incoming(following, loop)
    for some, start, total in zip(so_far, sums, totals, strict=True):
        some.add_incoming(start, before)
        some.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", following, width), loop, after)
    builder.position_at_end(after)
    return totals


def _reached(builder: Any, sums: Any, alpha: Any, u: Any, beta: Any, v: Any) -> Any:
    """Return 16 bits: which sums are not below their limits."""
    limits = builder.fsub(builder.fmul(alpha, u), builder.fmul(beta, v))
    return builder.bitcast(builder.fcmp_unordered(">=", builder.sitofp(sums, _FLOATS), limits), _SHORT)


def _sum_lanes(builder: Any, sums: list[Any]) -> Any:
    """Return the sum of the lanes of each of 16 registers, in their order; each line is two instructions' pattern."""
    patterns = (
        [block + lane for block in range(0, 16, 4) for lane in (0, 16, 1, 17)],
        [block + lane for block in range(0, 16, 4) for lane in (0, 1, 16, 17)],
        [lane for block in (0, 4, 16, 20) for lane in range(block, block + 4)],
        [lane for block in (0, 8, 16, 24) for lane in range(block, block + 4)],
    )
    for low, distance in zip(patterns, (2, 2, 8, 4), strict=True):
        high = [lane + distance for lane in low]
        pairs = list(zip(sums[::2], sums[1::2], strict=True))
        halves = [[builder.shuffle_vector(*pair, ir.Constant(_SUMS, some)) for some in (low, high)] for pair in pairs]
        sums = [builder.add(*half) for half in halves]
    return sums[0]


def _write_few(
    together: int, builder: Any, codes: Any, first: Any, width: Any, values: Any, starts: Any, probe: Any, alpha: Any,
    stride: Any, beta: Any, u: Any, v: Any, classes: Any, room: Any,
) -> Any:  # fmt: skip
    """Compare 16 rows, `together` of them side by side, with one probe; return a bit for each that reaches its limit.

    Operands: codes; first row; width; values; starts; the probe; alpha [classes, stride]; stride; beta; u; v; classes;
    room for 16 sums, which are written when there is a hit.
    """
    start = builder.gep(codes, [builder.mul(first, width)])
    rows = [builder.gep(start, [builder.mul(width, _index(row))]) for row in range(LANES)]
    mine = builder.gep(values, [builder.mul(probe, width)])

    totals = []
    for some in (rows[number : number + together] for number in range(0, LANES, together)):

        def add(column: Any, sums: list[Any], some: list[Any] = some) -> list[Any]:
            value = _load(builder, mine, column, _BYTES)
            added = [
                _plus_products(builder, so_far, _load(builder, row, column, _BYTES), value)
                for so_far, row in zip(sums, some, strict=True)
            ]
            # Processors ignore some of what is asked for: every probe asks anew.
            for row in some:
                _ask_for(builder, row, builder.add(column, builder.mul(width, _index(AHEAD))))
            return added

        nothing = [ir.Constant(_SUMS, [0] * LANES)] * together
        totals += _over_columns(builder, width, STEP, nothing, add)
    sums = _sum_lanes(builder, totals)
    sums = builder.add(sums, _in_every_lane(builder, _item(builder, starts, probe, 4, _INT), _SUMS))
    alphas = ir.Constant(_FLOATS, ir.Undefined)
    for row in range(LANES):
        number = builder.zext(_item(builder, classes, builder.add(first, _index(row)), 2, _SHORT), _INDEX)
        place = builder.add(builder.mul(number, stride), probe)
        alphas = builder.insert_element(alphas, _item(builder, alpha, place, 4, _FLOAT), ir.Constant(_INT, row))
    betas = _in_every_lane(builder, _item(builder, beta, probe, 4, _FLOAT), _FLOATS)
    us, vs = (_item(builder, some, first, 4, _FLOATS) for some in (u, v))
    hits = _reached(builder, sums, alphas, us, betas, vs)
    with builder.if_then(builder.icmp_unsigned("!=", hits, _NONE), likely=False):
        _store(builder, sums, room, 0)
    return builder.zext(hits, _INDEX)


def _write_many(
    builder: Any, vectors: int, codes: Any, first: Any, left: Any, width: Any, panels: Any, place: Any, starts: Any,
    probe: Any, alpha: Any, stride: Any, beta: Any, u: Any, v: Any, classes: Any, room: Any, bits: Any,
) -> Any:  # fmt: skip
    """Compare ROWS_OF[vectors] rows with 16 * `vectors` probes; return whether any sum reaches its limit.

    Operands: codes; first row; rows left, the last of which stands for those that are not there; width; panels and
    where in them the probes begin; starts; the first probe; alpha [classes, stride]; stride; beta; u; v; classes; room
    for sums and for bits, row by row, which are written when there is a hit.
    """
    count, last = ROWS_OF[vectors], builder.sub(left, _index(1))
    spots = [(row, vector) for row in range(count) for vector in range(vectors)]
    chosen = [builder.select(builder.icmp_signed("<", last, _index(row)), last, _index(row)) for row in range(count)]
    numbers = [builder.add(first, row) for row in chosen]
    rows = [builder.gep(codes, [builder.mul(number, width)]) for number in numbers]
    panel = builder.gep(panels, [place])
    probes = [builder.add(probe, _index(LANES * vector)) for vector in range(vectors)]

    def add(column: Any, sums: list[Any]) -> list[Any]:
        totals = list(sums)
        for some in range(0, ROUND, GROUP):
            where = builder.add(column, _index(some))
            line = builder.mul(where, _index(LANES * vectors))
            values = [_load(builder, panel, builder.add(line, _index(STEP * k)), _BYTES) for k in range(vectors)]
            for row in range(count):
                four = _in_every_lane(builder, _load(builder, rows[row], where, _INT), _SUMS)
                code = builder.bitcast(four, _BYTES)
                for vector in range(vectors):
                    spot = row * vectors + vector
                    totals[spot] = _plus_products(builder, totals[spot], code, values[vector])
        return totals

    begun = [_item(builder, starts, some, 4, _SUMS) for some in probes]
    sums = _over_columns(builder, width, ROUND, [begun[vector] for _, vector in spots], add)
    betas = [_item(builder, beta, some, 4, _FLOATS) for some in probes]
    hits = []
    for spot, (row, vector) in enumerate(spots):
        us, vs = (_in_every_lane(builder, _item(builder, x, numbers[row], 4, _FLOAT), _FLOATS) for x in (u, v))
        line = builder.mul(builder.zext(_item(builder, classes, numbers[row], 2, _SHORT), _INDEX), stride)
        alphas = _item(builder, alpha, builder.add(line, probes[vector]), 4, _FLOATS)
        hits.append(_reached(builder, sums[spot], alphas, us, betas[vector], vs))
    found = builder.icmp_unsigned("!=", functools.reduce(builder.or_, hits), _NONE)
    with builder.if_then(found, likely=False):
        for spot, hit in enumerate(hits):
            _store(builder, sums[spot], room, STEP * spot)
            _store(builder, hit, bits, 2 * spot)
    return builder.zext(found, _INDEX)


def _write_any_many(builder: Any, vectors: Any, *operands: Any) -> Any:
    """Compare as many rows as go with the number of vectors, which is known at run time only."""
    result = cgutils.alloca_once_value(builder, _index(0))  # type: ignore[no-untyped-call]
    for number in range(1, PANEL + 1):
        with builder.if_then(builder.icmp_signed("==", vectors, _index(number))):
            builder.store(_write_many(builder, number, *operands), result)
    return builder.load(result)


_alone, _few = (_instruction(functools.partial(_write_few, together)) for together in (ALONE, SEVERAL))
_many = _instruction(_write_any_many)

_ROWS = "Array(uint8, 2, 'C', readonly=True)"
_FACTORS = "Array(float32, 1, 'C', readonly=True), Array(float32, 1, 'C', readonly=True)"
_CLASSES = "Array(uint16, 1, 'C', readonly=True)"
_HITS = "int32[::1], int32[::1], int32[::1]"


@compiled(f"int64(int64, int32[::1], int64, int64, int64, int64, int64, {_HITS}, int64)")
def _note(
    bits: int, sums: Whole, place: int, row: int, row_step: int, probe: int, probe_step: int,
    rows: Whole, probes: Whole, products: Whole, count: int,
) -> int:  # fmt: skip
    """Write a hit for each of the bits, whose lane counts rows or probes; return how many hits there are by now."""
    lane = 0
    while bits:
        if bits & 1:
            if count < rows.size:
                rows[count] = row + lane * row_step
                probes[count] = probe + lane * probe_step
                products[count] = sums[place + lane]
            count += 1
        bits >>= 1
        lane += 1
    return count


@compiled(
    f"int64({_ROWS}, {_FACTORS}, {_CLASSES}, int8[:, ::1], int32[::1], float32[:, ::1], float32[::1], int64, {_HITS})"
)
def scan_few(
    codes: Codes, u: Floats, v: Floats, classes: Classes, values: Signed, starts: Whole, alpha: Floats, beta: Floats,
    count: int, rows: Whole, probes: Whole, products: Whole,
) -> int:  # fmt: skip
    """Write the hits of the first `count` probes among at least 16 rows; return how many there are.

    `values` [probes, width]; `starts` and `beta` [probes]; `alpha` [classes, probes or more].
    """
    found, sums, stride, width = 0, np.empty(LANES, np.int32), alpha.shape[1], codes.shape[1]
    for wanted in range(0, codes.shape[0], LANES):
        first = min(wanted, codes.shape[0] - LANES)
        for probe in range(count):
            if count == 1:
                bits = _alone(codes, first, width, values, starts, probe, alpha, stride, beta, u, v, classes, sums)
            else:
                bits = _few(codes, first, width, values, starts, probe, alpha, stride, beta, u, v, classes, sums)
            # The last rows may have been compared before.
            bits = (bits >> (wanted - first)) << (wanted - first)
            if bits:
                found = _note(bits, sums, 0, first, 1, probe, 0, rows, probes, products, found)
    return found


@compiled(
    f"int64({_ROWS}, {_FACTORS}, {_CLASSES}, int8[::1], int32[::1], float32[:, ::1], float32[::1], int64, {_HITS})"
)
def scan_many(
    codes: Codes, u: Floats, v: Floats, classes: Classes, panels: Signed, starts: Whole, alpha: Floats, beta: Floats,
    count: int, rows: Whole, probes: Whole, products: Whole,
) -> int:  # fmt: skip
    """Write the hits of `count` probes; return how many there are.

    `panels` hold PANEL registers of probes side by side, the last one what is left; each has [width / GROUP, registers,
    LANES, GROUP] values. `starts` and `beta` have a number for every lane, `alpha` a column.
    """
    size, width, stride = codes.shape[0], codes.shape[1], alpha.shape[1]
    sums, bits = np.empty(LANES * 32, np.int32), np.empty(32, np.uint16)
    found, tile = 0, max(1, TILE_BYTES // (width * ROWS_OF[PANEL])) * ROWS_OF[PANEL]
    for begin in range(0, size, tile):
        end = min(size, begin + tile)
        for probe in range(0, stride, PANEL * LANES):
            vectors, place = min(PANEL, (stride - probe) // LANES), probe * width
            height = ROWS_OF[vectors]
            for first in range(begin, end, height):
                left = end - first
                any_hit = _many(
                    vectors, codes, first, left, width, panels, place, starts, probe, alpha, stride, beta, u, v,
                    classes, sums, bits,
                )  # fmt: skip
                if any_hit:
                    for row in range(min(height, left)):
                        for vector in range(vectors):
                            spot, lanes = row * vectors + vector, count - probe - LANES * vector
                            seen = int(bits[spot])
                            if lanes < LANES:
                                seen &= (1 << max(0, lanes)) - 1
                            if seen:
                                found = _note(
                                    seen, sums, spot * LANES, first + row, 0, probe + LANES * vector, 1, rows, probes,
                                    products, found,
                                )  # fmt: skip
    return found

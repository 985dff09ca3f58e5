"""Block types of GGUF whose elements are integers with a scale each, and I2_S of bitnet.cpp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats.weights import TRIT
from macsmith.checkpoint.layer import Weights, check_codes

__all__ = ["BLOCKS", "I2S_LAYOUTS", "Block", "i2s_weights"]

_Bytes = NDArray[np.uint8]

#: Layouts of I2_S, each by the program that writes it.
I2S_LAYOUTS = {
    "x86": "128 weights of a row in 32 bytes",
    "arm": "64 weights of a row in 16 bytes",
    "x86-rows": "a weight of each of four rows in a byte",
}
_I2S_RUNS = {"x86": 32, "arm": 16}  # bytes of a block, four weights each


@dataclass(frozen=True)
class Block:
    """A type of blocks.

    Attributes:
        name: GGUF's.
        elements: weights of a block, which are neighbours in a row.
        bytes: of a block.
        format: of the elements.
        legal: which elements stand for a weight, least and largest.
        parts: elements, shape (blocks, elements), and scales, shape (blocks,), of blocks, shape
            (blocks, bytes).
    """

    name: str
    elements: int
    bytes: int
    format: str
    legal: tuple[int, int]
    parts: Callable[[_Bytes], tuple[NDArray[np.int8], NDArray[np.float32]]]

    def weights(self, data: _Bytes, shape: tuple[int, int], place: str) -> Weights:
        """The weights of a tensor.

        Args:
            data: its bytes.
            shape: outputs, inputs.
            place: file and tensor, for the sentence.

        Raises:
            RequestError: an element stands for no weight, or a scale is infinite or none.
        """
        outputs, inputs = shape
        elements, scales = self.parts(data.reshape(-1, self.bytes))
        elements = elements.reshape(shape)
        low, high = self.legal
        check_codes(place, (elements >= low) & (elements <= high), elements)
        scales = scales.reshape(outputs, inputs // self.elements)
        check_scales(place, scales)
        return Weights(elements, scales)


def check_scales(place: str, scales: NDArray[np.floating[Any]]) -> None:
    """See that scales are numbers.

    Raises:
        RequestError: one is not.
    """
    wrong = np.argwhere(~np.isfinite(scales))
    if len(wrong):
        row, group = (int(i) for i in wrong[0])
        raise RequestError(f"{place}: scale {group} of output {row} is {scales[row, group]}")


def _halves(blocks: _Bytes) -> NDArray[np.float32]:
    """Little-endian float16 numbers, one of each block's two bytes."""
    return np.ascontiguousarray(blocks).view("<f2")[:, 0].astype(np.float32)


def _nibbles(packed: _Bytes) -> _Bytes:
    """The lower halves of all bytes, then the upper ones."""
    return np.concatenate([packed & np.uint8(15), packed >> np.uint8(4)], axis=1, dtype=np.uint8)


def _q4_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    return _nibbles(blocks[:, 2:]).astype(np.int8) - np.int8(8), _halves(blocks[:, :2])


def _q5_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    fifth = np.unpackbits(blocks[:, 2:6], axis=1, bitorder="little")
    elements = _nibbles(blocks[:, 6:]) | fifth << 4
    return elements.astype(np.int8) - np.int8(16), _halves(blocks[:, :2])


def _q8_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    return np.ascontiguousarray(blocks[:, 2:]).view(np.int8), _halves(blocks[:, :2])


def _tq2_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Two runs of 32 bytes; weight i of a run is in byte i % 32, at bits 2 * (i // 32)."""
    runs = blocks[:, :64].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8)[:, None] & 3
    return runs.reshape(len(blocks), -1).astype(np.int8) - np.int8(1), _halves(blocks[:, 64:])


def _tq1_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Runs of 32, 16 and 4 bytes with 5, 5 and 4 digits each; a run's first digits come first.

    A byte is ``ceil(256 * P / 243)`` of a number P of five digits 0 to 2: times 3 its digits come
    out at the top, one after the other.
    """
    digits = []
    for first, last, count in ((0, 32, 5), (32, 48, 5), (48, 52, 4)):
        part = blocks[:, first:last].astype(np.uint16)
        for _ in range(count):
            part = (part & 255) * 3
            digits.append(part >> 8)
    return np.concatenate(digits, axis=1).astype(np.int8) - np.int8(1), _halves(blocks[:, 52:])


_HALF_STEPS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], np.int8)


def _mxfp4(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """E2M1 numbers in units of one half; so a scale is half of its power of two."""
    scales = np.ldexp(np.float32(1), blocks[:, 0].astype(np.int32) - 128)
    return _HALF_STEPS[_nibbles(blocks[:, 1:])], scales.astype(np.float32)


def _patterns() -> NDArray[np.int8]:
    """Four weights for each code of STQ1_0, shape (32, 4): one is 0, the others +1 or -1.

    Bits 2 and 3 say which is 0. Of the others the first is +1, bits 0 and 1 are the signs of the
    next ones; bit 4 turns all three.
    """
    patterns = []
    for code in range(32):
        signs = [1, 1 - 2 * (code & 1), 1 - 2 * (code >> 1 & 1)]
        signs.insert(code >> 2 & 3, 0)
        patterns.append([-sign if code >> 4 else sign for sign in signs])
    return np.array(patterns, np.int8)


_PATTERNS = _patterns()


def _stq1_0(blocks: _Bytes) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Codes of 64 groups: 4 bits of each, then the fifth ones; weights of a group are 16 apart.

    After a pull request to llama.cpp (22836); groups 16 * c to 16 * c + 15 are of weights 64 * c to
    64 * c + 63.
    """
    low = np.stack([blocks[:, :32] & np.uint8(15), blocks[:, :32] >> np.uint8(4)], axis=2)
    fifth = np.unpackbits(blocks[:, 32:40], axis=1, bitorder="little")
    groups = _PATTERNS[low.reshape(-1, 64) | fifth << 4].reshape(-1, 4, 16, 4)
    return groups.transpose(0, 1, 3, 2).reshape(len(blocks), -1), _halves(blocks[:, 40:])


#: By the number of their type.
BLOCKS = {
    2: Block("Q4_0", 32, 18, "int4", (-8, 7), _q4_0),
    6: Block("Q5_0", 32, 22, "int5", (-16, 15), _q5_0),
    8: Block("Q8_0", 32, 34, "int8", (-128, 127), _q8_0),
    34: Block("TQ1_0", 256, 54, TRIT, (-1, 1), _tq1_0),
    35: Block("TQ2_0", 256, 66, TRIT, (-1, 1), _tq2_0),
    39: Block("MXFP4", 32, 17, "mxfp4", (-12, 12), _mxfp4),
    43: Block("STQ1_0", 256, 42, TRIT, (-1, 1), _stq1_0),
}


def i2s_weights(data: _Bytes, shape: tuple[int, int], layout: str, place: str) -> Weights:
    """The weights of a tensor of type I2_S: codes ``w + 1``, then the tensor's scale in float32.

    Args:
        data: its bytes.
        shape: outputs, inputs.
        layout: one of `I2S_LAYOUTS`.
        place: file and tensor, for the sentence.

    Raises:
        RequestError: the shape has no such layout, or a code stands for no weight.
    """
    outputs, inputs = shape
    count = outputs * inputs // 4
    shifts = np.array([6, 4, 2, 0], np.uint8)
    packed, tail = data[:count], data[count : count + 4]
    if layout == "x86-rows":
        if outputs % 4:
            raise RequestError(f"{place} has {outputs} outputs: --i2s x86-rows takes whole fours")
        codes = packed.reshape(-1, 1, inputs) >> shifts[:, None] & 3
    else:
        run = _I2S_RUNS[layout]
        if inputs % (4 * run):
            raise RequestError(
                f"{place} has {inputs} inputs: --i2s {layout} takes multiples of {4 * run}"
            )
        codes = packed.reshape(-1, 1, run) >> shifts[:, None] & 3
    codes = codes.reshape(shape)
    check_codes(place, codes != 3, codes)
    scales = np.full((outputs, 1), np.ascontiguousarray(tail).view("<f4")[0], np.float32)
    check_scales(place, scales)
    return Weights(codes.astype(np.int8) - np.int8(1), scales)

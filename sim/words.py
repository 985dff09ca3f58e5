"""Words of a stream: arrays of numbers packed into the wide integers that a bus carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Words", "beside", "pack", "resized", "unpack"]


def pack(codes: NDArray[np.integer], bits: int) -> NDArray[np.uint8]:
    """Pack the last axis of an array into bytes, its first element lowest.

    Args:
        codes: numbers of any sign, shape (..., fields); only their lowest ``bits`` bits count.
        bits: width of a field, 1 to 64.

    Returns:
        Little-endian bytes, shape (..., ceil(fields * bits / 8)), padded with zeros.
    """
    width = next(w for w in (1, 2, 4, 8) if bits <= 8 * w)
    codes = np.ascontiguousarray(codes).astype(f"<u{width}")
    planes = np.unpackbits(codes[..., None].view(np.uint8), axis=-1, bitorder="little")
    flat = planes[..., :bits].reshape(*codes.shape[:-1], codes.shape[-1] * bits)
    return np.packbits(flat, axis=-1, bitorder="little")


def unpack(words: NDArray[np.uint8], bits: int, fields: int) -> NDArray[np.int64]:
    """Undo `pack` for signed fields: two's complement numbers, shape (..., fields)."""
    planes = np.unpackbits(words, axis=-1, bitorder="little")[..., : fields * bits]
    planes = planes.reshape(*words.shape[:-1], fields, bits)
    sign = np.broadcast_to(planes[..., -1:], (*planes.shape[:-1], 64 - bits))
    return np.packbits(np.concatenate([planes, sign], axis=-1), axis=-1, bitorder="little").view(
        "<i8"
    )[..., 0]


def beside(words: NDArray[np.uint8], bits: int, flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Words of so many bits with flags above them, shape (words, flags)."""
    planes = np.unpackbits(words, axis=1, bitorder="little")[:, :bits]
    return np.packbits(np.concatenate([planes, flags], axis=1), axis=1, bitorder="little")


def resized(words: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Words of so many bytes each: zeros above, or the lowest ones of them."""
    whole = np.zeros((len(words), size), np.uint8)
    kept = min(size, words.shape[1])
    whole[:, :kept] = words[:, :kept]
    return whole


@dataclass(frozen=True)
class Words:
    """What a stream carries, beat after beat.

    Attributes:
        table: distinct words as little-endian bytes, shape (words, bytes).
        order: the word of each beat, an index into ``table``, shape (beats,).
    """

    table: NDArray[np.uint8]
    order: NDArray[np.int64]

    @classmethod
    def of(cls, words: NDArray[np.uint8]) -> Words:
        """Each word once, in the order given."""
        return cls(words, np.arange(len(words)))

    def __len__(self) -> int:
        return len(self.order)

    def integers(self) -> list[int]:
        """One integer a beat; beats of the same word share theirs."""
        integers = [int.from_bytes(word.tobytes(), "little") for word in self.table]
        return [integers[i] for i in self.order]

    @classmethod
    def concatenate(cls, parts: list[Words]) -> Words:
        """One stream after the other."""
        starts = np.cumsum([0, *(len(part.table) for part in parts[:-1])])
        orders = [part.order + start for part, start in zip(parts, starts, strict=True)]
        return cls(np.concatenate([part.table for part in parts]), np.concatenate(orders))

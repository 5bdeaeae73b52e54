"""How a weight matrix [N rows, K columns] is stored, encoded and decoded (NumPy only).

    q0f32, q0f16  weight   f32 or f16 [N, K]
    q4f32_1       q_weight uint32 [N, K/8]   eight 4-bit numbers a word, the first in the lowest bits
                  q_scale  f32    [N, K/32]  w = (q - 7) * scale, q in 0..14
    q4f16_1       the same with f16 scales and f16 activations (the GPU needs shader-f16)
    q4f32_1-2023  q_weight as above, q in 0..15
                  q_scale  uint32 [N, K/32]  bf16(scale) | bf16(minimum) << 16; w = q * scale + minimum
                  and parameters are called param_0, param_1, ... in the network's order

`kernels/dequantize.py` reads the same numbers on the GPU.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Problem

GROUP = 32  # weights that share one scale
PACK = 8  # 4-bit weights in one uint32

Array = NDArray[np.generic]
Shape = tuple[int | str, ...]  # "vocab_size" is known when the model is loaded


@dataclass(frozen=True)
class Quantization:
    """Plain weights; the base of the 4-bit schemes."""

    name: str
    dtype: str  # of activations, of the KV cache and of plain weights
    numbered_names: bool = False

    @property
    def largest(self) -> float:
        """What a weight may be; its kernels decode it to `dtype`."""
        return float(np.finfo(self.dtype).max)

    def parameters(self, rows: int | str, columns: int) -> dict[str, tuple[Shape, str]]:
        """{suffix: (shape, dtype)}."""
        # The kernels take plain weights in the same groups.
        _check_columns(columns)
        return {"weight": ((rows, columns), self.dtype)}

    def encode(self, weight: NDArray[np.float32]) -> dict[str, Array]:
        """f32 [N, K] -> {suffix: array}."""
        return {"weight": weight.astype(self.dtype)}

    def decode(self, arrays: dict[str, Array]) -> NDArray[np.float32]:
        """{suffix: array} -> f32 [N, K]."""
        return arrays["weight"].astype(np.float32)


@dataclass(frozen=True)
class Symmetric4(Quantization):
    """q4f32_1 and q4f16_1."""

    def parameters(self, rows: int | str, columns: int) -> dict[str, tuple[Shape, str]]:
        _check_columns(columns)
        return {
            "q_weight": ((rows, columns // PACK), "uint32"),
            "q_scale": ((rows, columns // GROUP), self.dtype),
        }

    def encode(self, weight: NDArray[np.float32]) -> dict[str, Array]:
        groups = weight.astype(np.float32).reshape(weight.shape[0], -1, GROUP)
        # Below f16's smallest normal number the quotient would lose its meaning.
        smallest = 1e-8 if self.dtype == "float32" else 2**-14
        scale = (np.maximum(np.abs(groups).max(-1, keepdims=True) / 7, smallest)).astype(self.dtype)
        q = np.clip(np.round(groups / scale.astype(np.float32)) + 7, 0, 14)
        return {"q_weight": pack_nibbles(q.reshape(weight.shape)), "q_scale": scale[..., 0]}

    def decode(self, arrays: dict[str, Array]) -> NDArray[np.float32]:
        scale = np.repeat(arrays["q_scale"].astype(np.float32), GROUP, axis=1)
        return (unpack_nibbles(arrays["q_weight"]) - 7) * scale


@dataclass(frozen=True)
class Asymmetric4(Quantization):
    """The format of December 2023."""

    @property
    def largest(self) -> float:
        return super().largest / 4  # the distance of two weights is a number too, and bf16 may round it up

    def parameters(self, rows: int | str, columns: int) -> dict[str, tuple[Shape, str]]:
        _check_columns(columns)
        return {
            "q_weight": ((rows, columns // PACK), "uint32"),
            "q_scale": ((rows, columns // GROUP), "uint32"),
        }

    def encode(self, weight: NDArray[np.float32]) -> dict[str, Array]:
        groups = weight.astype(np.float32).reshape(weight.shape[0], -1, GROUP)
        low, high = groups.min(-1, keepdims=True), groups.max(-1, keepdims=True)
        scale_bits = to_bf16_bits(np.maximum(high - low, 1e-8) / 15)
        low_bits = to_bf16_bits(low)
        q = (groups - from_bf16_bits(low_bits)) / from_bf16_bits(scale_bits)
        q = np.clip(np.round(q), 0, 15).reshape(weight.shape)
        return {"q_weight": pack_nibbles(q), "q_scale": (scale_bits | low_bits << 16)[..., 0]}

    def decode(self, arrays: dict[str, Array]) -> NDArray[np.float32]:
        pairs = arrays["q_scale"].astype(np.uint32)
        scale = np.repeat(from_bf16_bits(pairs & 0xFFFF), GROUP, axis=1)
        low = np.repeat(from_bf16_bits(pairs >> 16), GROUP, axis=1)
        return unpack_nibbles(arrays["q_weight"]) * scale + low


def _check_columns(columns: int) -> None:
    if columns % GROUP:
        raise Problem(f"A matrix of {columns} columns does not divide into groups of {GROUP}.")


def pack_nibbles(q: NDArray) -> NDArray[np.uint32]:
    """[N, K] with values 0..15 -> uint32 [N, K/8]."""
    lanes = q.astype(np.uint32).reshape(q.shape[0], -1, PACK)
    return np.bitwise_or.reduce(lanes << (4 * np.arange(PACK, dtype=np.uint32)), axis=-1)


def unpack_nibbles(words: NDArray) -> NDArray[np.float32]:
    """uint32 [N, K/8] -> f32 [N, K] with values 0..15."""
    lanes = (words[..., None] >> (4 * np.arange(PACK, dtype=np.uint32))) & np.uint32(15)
    return lanes.reshape(words.shape[0], -1).astype(np.float32)


def to_bf16_bits(x: NDArray) -> NDArray:
    """f32 -> its upper 16 bits, rounded to nearest even."""
    bits = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    return (bits + np.uint32(0x7FFF) + ((bits >> 16) & 1)) >> 16


def from_bf16_bits(bits: NDArray) -> NDArray[np.float32]:
    return (bits.astype(np.uint32) << 16).view(np.float32)


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Quantization("q0f32", "float32"),
        Quantization("q0f16", "float16"),
        Symmetric4("q4f32_1", "float32"),
        Symmetric4("q4f16_1", "float16"),
        Asymmetric4("q4f32_1-2023", "float32", numbered_names=True),
    )
}

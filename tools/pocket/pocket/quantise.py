"""The 4-bit form of a weight: `q4f32_1` as MLC has it."""

import torch
from torch import Tensor

GROUP = 32


def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric, in groups of 32 along the input, w = (q - 7) * scale.

    Returns q in 0..14 [out, groups, 32] and scale [out, groups, 1].
    """
    grouped = weight.reshape(weight.shape[0], -1, GROUP)
    scale = grouped.abs().amax(-1, keepdim=True).clamp_min(1e-8) / 7
    return torch.round(grouped / scale).clamp(-7, 7) + 7, scale


def dequantise(q: Tensor, scale: Tensor) -> Tensor:
    """The weight [out, in] that the 4-bit form stands for."""
    return ((q - 7) * scale).flatten(1)

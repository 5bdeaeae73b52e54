"""Rotary position embeddings: by which angle per position each pair of numbers in a head turns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Problem
from .read_json import number


@dataclass(frozen=True)
class Llama3Scaling:
    """Long wavelengths are stretched by `factor`, short ones kept, those between blended (Llama 3.1)."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_positions: int


@dataclass(frozen=True)
class Rope:
    theta: float = 10000.0
    scaling: Llama3Scaling | None = None


def read_rope(raw: Mapping[str, Any], where: str) -> Rope:
    """From a config.json; transformers 5 keeps theta in rope_parameters."""
    extra = raw.get("rope_scaling") or raw.get("rope_parameters") or {}
    if not isinstance(extra, Mapping):
        raise Problem(f"{where}: the RoPE scaling must be an object, not {extra!r}.")
    theta = number({"rope_theta": raw.get("rope_theta") or extra.get("rope_theta") or 10000.0}, "rope_theta", where)
    kind = extra.get("rope_type", extra.get("type", "default"))
    if kind == "default":
        return Rope(theta)
    if kind != "llama3":
        raise Problem(f"{where}: RoPE scaling {kind!r} is not supported, only llama3.")
    wanted = ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
    lacks = [key for key in wanted if key not in extra]
    if lacks:
        raise Problem(f"{where}: rope_scaling of type llama3 lacks {lacks[0]!r}.")
    factor, low, high, positions = (number(extra, key, where) for key in wanted)
    return Rope(theta, Llama3Scaling(factor, low, high, int(positions)))


def inverse_frequencies(rope: Rope, head_dim: int) -> NDArray[np.float64]:
    """Radians per position, f64 [D/2]. Scaled as in section "RoPE" of the Llama 3.1 model card's code."""
    plain = rope.theta ** (-np.arange(0, head_dim, 2, dtype=np.float64) / head_dim)
    scaling = rope.scaling
    if scaling is None:
        return plain
    turns = scaling.original_positions * plain / (2 * math.pi)  # within the original context
    share = (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor)
    share = np.clip(share, 0.0, 1.0)
    return plain * (share + (1 - share) / scaling.factor)

"""Hugging Face weights -> the library's parameters."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .model_config import ModelConfig
from .parameters import Parameter, parameter_list
from .problem import Problem
from .quantization import Quantization

# Fused matrix -> the matrices that make up its rows, from top to bottom.
FUSED = {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "gate_up_proj": ("gate_proj", "up_proj")}


def convert(
    weights: Mapping[str, NDArray], config: ModelConfig, quantization: Quantization
) -> Iterator[tuple[str, NDArray]]:
    """(parameter name, array) in the library's order. `weights`: Hugging Face's name -> array."""
    _check_shapes(weights, config)
    encoded: dict[str, NDArray] = {}
    current = ""
    for parameter in parameter_list(config, quantization):
        name, _, suffix = parameter.source.rpartition(".")
        if suffix == "bias" or name.endswith("norm"):
            yield parameter.name, _load(weights, name, suffix).astype(parameter.dtype)
            continue
        if name != current:
            current, encoded = name, quantization.encode(_load(weights, name, "weight"))
        yield parameter.name, _checked(parameter, encoded[suffix], config)


def _load(weights: Mapping[str, NDArray], name: str, suffix: str) -> NDArray[np.float32]:
    """f32 array of a network parameter, e.g. model.layers.0.self_attn.qkv_proj and weight."""
    parent, _, leaf = name.rpartition(".")
    sources = [f"{parent}.{part}" for part in FUSED[leaf]] if leaf in FUSED else [name]
    arrays = []
    for source in sources:
        key = f"{source}.{suffix}"
        if key not in weights:
            raise Problem(f"The weights lack {key}.")
        arrays.append(np.asarray(weights[key], np.float32))
    return np.concatenate(arrays)


def _checked(parameter: Parameter, array: NDArray, config: ModelConfig) -> NDArray:
    shape = tuple(config.vocab_size if n == "vocab_size" else n for n in parameter.shape)
    if array.shape != shape or str(array.dtype) != parameter.dtype:
        raise Problem(
            f"{parameter.source} came out as {array.dtype} {list(array.shape)}, "
            f"but the network needs {parameter.dtype} {list(shape)}."
        )
    return array


def _check_shapes(weights: Mapping[str, NDArray], c: ModelConfig) -> None:
    """Each matrix by itself: fused, two wrong ones could add up to a right one."""
    expected = {"model.embed_tokens": (c.vocab_size, c.hidden_size), "model.norm": (c.hidden_size,)}
    for i in range(c.num_hidden_layers):
        layer = f"model.layers.{i}"
        expected |= {
            f"{layer}.self_attn.q_proj": (c.q_size, c.hidden_size),
            f"{layer}.self_attn.k_proj": (c.kv_size, c.hidden_size),
            f"{layer}.self_attn.v_proj": (c.kv_size, c.hidden_size),
            f"{layer}.self_attn.o_proj": (c.hidden_size, c.q_size),
            f"{layer}.mlp.gate_proj": (c.intermediate_size, c.hidden_size),
            f"{layer}.mlp.up_proj": (c.intermediate_size, c.hidden_size),
            f"{layer}.mlp.down_proj": (c.hidden_size, c.intermediate_size),
        }
    for name, shape in expected.items():
        key = f"{name}.weight"
        if key not in weights:
            raise Problem(f"The weights lack {key}.")
        if tuple(weights[key].shape) != shape:
            raise Problem(f"{key} has the shape {list(weights[key].shape)}, but config.json asks for {list(shape)}.")

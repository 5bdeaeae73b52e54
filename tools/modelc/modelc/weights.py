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
FLOAT32_MAX = float(np.finfo(np.float32).max)


def convert(
    weights: Mapping[str, NDArray], config: ModelConfig, quantization: Quantization
) -> Iterator[tuple[str, NDArray]]:
    """(parameter name, array) in the library's order. `weights`: Hugging Face's name -> array. What is wrong with them
    is found now, not when the iterator comes to it."""
    _check(weights, config, quantization)
    return _convert(weights, config, quantization)


def _convert(
    weights: Mapping[str, NDArray], config: ModelConfig, quantization: Quantization
) -> Iterator[tuple[str, NDArray]]:
    encoded: dict[str, NDArray] = {}
    current = ""
    for parameter in parameter_list(config, quantization):
        name, _, suffix = parameter.source.rpartition(".")
        if suffix == "bias" or name.endswith("norm"):
            array = _load(weights, name, suffix).astype(parameter.dtype)
            yield parameter.name, _checked(parameter, array, config)
            continue
        if name != current:
            current, encoded = name, quantization.encode(_load(weights, name, "weight"))
        yield parameter.name, _checked(parameter, encoded[suffix], config)


def _load(weights: Mapping[str, NDArray], name: str, suffix: str) -> NDArray[np.float32]:
    """f32 array of a network parameter, e.g. model.layers.0.self_attn.qkv_proj and weight."""
    parent, _, leaf = name.rpartition(".")
    sources = [f"{parent}.{part}" for part in FUSED[leaf]] if leaf in FUSED else [name]
    return np.concatenate([np.asarray(weights[f"{source}.{suffix}"], np.float32) for source in sources])


def _checked(parameter: Parameter, array: NDArray, config: ModelConfig) -> NDArray:
    shape = tuple(config.vocab_size if n == "vocab_size" else n for n in parameter.shape)
    if array.shape != shape or str(array.dtype) != parameter.dtype:
        raise Problem(
            f"{parameter.source} came out as {array.dtype} {list(array.shape)}, "
            f"but the network needs {parameter.dtype} {list(shape)}."
        )
    return array


def _check(weights: Mapping[str, NDArray], c: ModelConfig, quantization: Quantization) -> None:
    """Each array by itself: fused, two wrong ones could add up to a right one."""
    expected = _expected(c)
    for key, shape in expected.items():
        if key not in weights:
            raise Problem(f"The weights lack {key}.")
        array = weights[key]
        if tuple(array.shape) != shape:
            raise Problem(f"{key} has the shape {list(array.shape)}, but config.json asks for {list(shape)}.")
        _check_numbers(key, array, FLOAT32_MAX if key.endswith("norm.weight") else quantization.largest)
    for key in weights:
        if key.startswith(("model.", "lm_head.")) and key not in expected and not _says_nothing_new(key, c):
            raise Problem(f"The network has no place for {key}: without it the model would answer something else.")


def _check_numbers(key: str, array: NDArray, largest: float) -> None:
    # NumPy takes twenty times as long over f16.
    wide = array.astype(np.float32) if array.dtype == np.float16 else array
    peak = float(max(wide.max(), -wide.min()))  # NaN if one of them is
    if not np.isfinite(peak):
        raise Problem(f"{key} holds NaN or infinity: the file is damaged, or its training went wrong.")
    if peak > largest:
        raise Problem(f"{key} holds numbers up to {peak:.3g}, and this quantization only up to {largest:.3g}.")


def _says_nothing_new(key: str, c: ModelConfig) -> bool:
    """What follows from the configuration, or stands in another array too."""
    return key.endswith("rotary_emb.inv_freq") or (key == "lm_head.weight" and c.tie_word_embeddings)


def _expected(c: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Hugging Face's name -> shape of every array that is converted."""
    expected: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (c.vocab_size, c.hidden_size),
        "model.norm.weight": (c.hidden_size,),
    }
    if not c.tie_word_embeddings:
        expected["lm_head.weight"] = (c.vocab_size, c.hidden_size)
    for i in range(c.num_hidden_layers):
        layer = f"model.layers.{i}"
        attention, mlp = f"{layer}.self_attn", f"{layer}.mlp"
        expected |= {
            f"{attention}.q_proj.weight": (c.q_size, c.hidden_size),
            f"{attention}.k_proj.weight": (c.kv_size, c.hidden_size),
            f"{attention}.v_proj.weight": (c.kv_size, c.hidden_size),
            f"{attention}.o_proj.weight": (c.hidden_size, c.q_size),
            f"{mlp}.gate_proj.weight": (c.intermediate_size, c.hidden_size),
            f"{mlp}.up_proj.weight": (c.intermediate_size, c.hidden_size),
            f"{mlp}.down_proj.weight": (c.hidden_size, c.intermediate_size),
            f"{layer}.input_layernorm.weight": (c.hidden_size,),
            f"{layer}.post_attention_layernorm.weight": (c.hidden_size,),
        }
        if c.qkv_bias:
            expected |= {
                f"{attention}.q_proj.bias": (c.q_size,),
                f"{attention}.k_proj.bias": (c.kv_size,),
                f"{attention}.v_proj.bias": (c.kv_size,),
            }
        if c.qk_norm:
            expected |= {f"{attention}.q_norm.weight": (c.head_dim,), f"{attention}.k_norm.weight": (c.head_dim,)}
    return expected

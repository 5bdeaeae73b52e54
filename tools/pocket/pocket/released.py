"""Weights of a model as it was released, to train on from and to test."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from .config import Config
from .quantise import GROUP, dequantise

WEIGHTS, SHARDS = "model.safetensors", "tensor-cache.json"
IN_A_WORD = 8


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a folder under their Hugging Face names: from `model.safetensors`, else from packed shards."""
    if (folder / WEIGHTS).exists():
        return load_file(folder / WEIGHTS)
    return unpack(read_shards(folder), Config())


def read_shards(folder: Path) -> dict[str, Tensor]:
    """All arrays of a folder that `tools/modelc` packed."""
    arrays = {}
    for shard in json.loads((folder / SHARDS).read_text("utf-8"))["records"]:
        data = (folder / shard["dataPath"]).read_bytes()
        for each in shard["records"]:
            part = data[each["byteOffset"] : each["byteOffset"] + each["nbytes"]]
            array = np.frombuffer(part, each["dtype"]).reshape(each["shape"])
            arrays[each["name"]] = torch.from_numpy(array.astype("int64" if each["dtype"] == "uint32" else "float32"))
    return arrays


def unpack(arrays: dict[str, Tensor], c: Config) -> dict[str, Tensor]:
    """Packed arrays as plain weights: 4-bit words become numbers, and matrices that were put together come apart."""
    keys = c.num_key_value_heads * c.head_dim
    together = {
        "qkv_proj": {"q_proj": c.num_attention_heads * c.head_dim, "k_proj": keys, "v_proj": keys},
        "gate_up_proj": {"gate_proj": c.intermediate_size, "up_proj": c.intermediate_size},
    }
    weights = {}
    for name, array in arrays.items():
        if name.endswith("q_scale"):
            continue
        if not name.endswith("q_weight"):
            weights[name] = array
            continue
        start, kind, _ = name.rsplit(".", 2)
        weight = dequantise(numbers(array), arrays[f"{start}.{kind}.q_scale"][..., None])
        parts = together.get(kind, {kind: weight.shape[0]})
        for part, rows in zip(parts, weight.split(list(parts.values())), strict=True):
            weights[f"{start}.{part}.weight"] = rows
    return weights


def numbers(words: Tensor) -> Tensor:
    """The eight numbers of 4 bits in each word of words [out, in / 8], lowest bits first: [out, groups, 32]."""
    shifts = torch.arange(IN_A_WORD) * 4
    return ((words[..., None] >> shifts) & 15).reshape(words.shape[0], -1, GROUP)

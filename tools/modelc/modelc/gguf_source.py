"""A model from a GGUF file: its weights as plain numbers under Hugging Face's names, its configuration, its tokenizer.

The file itself is read, and its many quantisations undone, by llama.cpp's own package `gguf`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFEndian, GGUFReader, ReaderTensor
from gguf.quants import dequantize
from numpy.typing import NDArray

from .gguf_tokenizer import check_tokens, tokenizer_json
from .model_config import ModelConfig, parse_model_config
from .problem import Problem
from .source_model import Source, bos_and_eos
from .tokenizer_file import parse_tokenizer

# GGUF calls Mistral "llama" too.
ARCHITECTURES = ("llama", "qwen2", "qwen3")
NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}


class GgufWeights(Mapping[str, NDArray]):
    """name -> array f32, decoded when asked for."""

    def __init__(self, tensors: list[ReaderTensor], config: ModelConfig, where: str) -> None:
        self._config, self._where = config, where
        self._tensors = {_hugging_face_name(tensor.name, where): tensor for tensor in tensors}

    def __getitem__(self, name: str) -> NDArray:
        tensor = self._tensors[name]
        try:
            array = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        except NotImplementedError:
            kind = tensor.tensor_type.name
            raise Problem(f"{self._where}: {tensor.name} is of type {kind}, which is not supported.") from None
        heads = {"q_proj": self._config.num_attention_heads, "k_proj": self._config.num_key_value_heads}
        leaf = name.split(".")[-2]
        return _unpaired(array, heads[leaf]) if leaf in heads and self._config.model_type == "llama" else array

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def _hugging_face_name(name: str, where: str) -> str:
    """blk.3.attn_q.weight -> model.layers.3.self_attn.q_proj.weight"""
    match name.split("."):
        case [leaf, suffix] if leaf in NAMES:
            return f"{NAMES[leaf]}.{suffix}"
        case ["blk", layer, leaf, suffix] if leaf in NAMES:
            return f"model.layers.{layer}.{NAMES[leaf]}.{suffix}"
    # rope_freqs, the factors of a RoPE scaling, would be one that changes every answer.
    raise Problem(f"{where}: the tensor {name} is not supported.")


def _unpaired(array: NDArray, heads: int) -> NDArray:
    """llama.cpp turns neighbours 0 and 1, Hugging Face numbers 0 and D/2 of a head: their rows are in another order."""
    if len(array) % (2 * heads):
        return array  # whoever wants its shape says that it is wrong
    pairs = array.reshape(heads, -1, 2, *array.shape[1:])
    return pairs.swapaxes(1, 2).reshape(array.shape)


def read_gguf_config(path: Path) -> ModelConfig:
    return _config(*_read(path), str(path))


def open_gguf(path: Path) -> Source:
    reader, values = _read(path)
    config = _config(reader, values, str(path))
    beside = path.parent / "tokenizer.json"
    if beside.exists():
        text = beside.read_bytes()
        check_tokens(parse_tokenizer(text), values, str(beside), str(path))
    else:
        text = tokenizer_json(values, str(path)).encode()
    return Source(
        config,
        GgufWeights(reader.tensors, config, str(path)),
        {"tokenizer.json": text},
        [path, beside] if beside.exists() else [path],
        *bos_and_eos(values, config.model_type, str(path), "tokenizer.ggml."),
        values.get("tokenizer.ggml.add_bos_token") is True,
    )


def _read(path: Path) -> tuple[GGUFReader, dict[str, Any]]:
    """The file, and the values of its fields."""
    try:
        reader = GGUFReader(path)
        values = {name: field.contents() for name, field in reader.fields.items()}
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise Problem(f"{path} is cut off or no GGUF file: {error}.") from error
    # Of these `gguf` turns the fields round, but not what is inside the blocks of a tensor.
    if reader.endianess == GGUFEndian.BIG:
        raise Problem(f"{path} was made for big-endian machines: take the little-endian file, which is the usual one.")
    return reader, values


def _config(reader: GGUFReader, values: Mapping[str, Any], where: str) -> ModelConfig:
    kind = values.get("general.architecture")
    if kind not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise Problem(f"{where}: the architecture {kind!r} is not supported, only {known}.")
    own = {name.removeprefix(f"{kind}."): value for name, value in values.items()}
    epsilon = own.get("attention.layer_norm_rms_epsilon", 1e-6)
    raw = {
        "model_type": kind,
        "hidden_size": own.get("embedding_length"),
        "intermediate_size": own.get("feed_forward_length"),
        "num_hidden_layers": own.get("block_count"),
        "num_attention_heads": own.get("attention.head_count"),
        "num_key_value_heads": own.get("attention.head_count_kv"),
        "head_dim": own.get("attention.key_length") or own.get("rope.dimension_count"),
        "vocab_size": own.get("vocab_size") or len(values.get("tokenizer.ggml.tokens", [])),
        "max_position_embeddings": own.get("context_length"),
        # Kept as f32: 1e-5 comes back as 9.999999747378752e-06.
        "rms_norm_eps": float(f"{epsilon:.6g}") if isinstance(epsilon, float) else epsilon,
        "rope_theta": own.get("rope.freq_base"),
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
    }
    scaling = own.get("rope.scaling.type", "none")
    if scaling != "none":
        raw["rope_scaling"] = {"rope_type": scaling}
    # Plain numbers: a head count that differs from layer to layer is a list here, and refused as no whole number.
    return parse_model_config(json.loads(json.dumps(raw, default=str)), where)

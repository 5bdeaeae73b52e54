"""The model's dimensions, read from a Hugging Face config.json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .problem import Problem
from .read_json import number, read_json, whole_number
from .rope import Rope, read_rope

# What transformers 5.24 takes for what a config.json leaves out; the sizes of matrices must be named.
DEFAULTS: dict[str, dict[str, Any]] = {
    "llama": {"max_position_embeddings": 2048},  # SmolLM2's config.json says "llama" too
    "mistral": {"num_key_value_heads": 8, "max_position_embeddings": 131072, "sliding_window": 4096},
    "qwen2": {"num_key_value_heads": 32, "max_position_embeddings": 32768},
    "qwen3": {"num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 32768},
}
LARGEST_HEAD = 256  # TVM finds no tile for most larger ones


@dataclass(frozen=True)
class ModelConfig:
    """H = hidden_size, D = head_dim, V = vocab_size in the docstrings of this package."""

    model_type: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope: Rope = field(default_factory=Rope)
    tie_word_embeddings: bool = False
    qkv_bias: bool = False
    qk_norm: bool = False
    sliding_window: int | None = None  # positions a token sees, itself included

    @property
    def q_size(self) -> int:
        return self.num_attention_heads * self.head_dim

    @property
    def kv_size(self) -> int:
        return self.num_key_value_heads * self.head_dim


def read_model_config(path: Path) -> ModelConfig:
    """From a config.json, or the folder that holds one."""
    file = path / "config.json" if path.is_dir() else path
    return parse_model_config(read_json(file), str(file))


def parse_model_config(raw: Mapping[str, Any], where: str = "config.json") -> ModelConfig:
    """Raises Problem for what this compiler cannot do right, rather than leave it out."""
    kind = raw.get("model_type")
    if not isinstance(kind, str) or kind not in DEFAULTS:
        raise Problem(f"{where}: model_type {kind!r} is not supported, only {', '.join(DEFAULTS)}.")
    raw = {"rms_norm_eps": 1e-6, **DEFAULTS[kind], **raw}
    if raw.get("hidden_act", "silu") != "silu":
        raise Problem(f"{where}: the activation {raw['hidden_act']!r} is not supported, only silu.")
    if raw.get("mlp_bias") or (kind != "qwen2" and raw.get("attention_bias")):
        raise Problem(f"{where}: this kind of bias is not supported, only Qwen2's on query, key and value.")
    heads = whole_number(raw, "num_attention_heads", where)
    hidden = whole_number(raw, "hidden_size", where)
    kv_heads = whole_number(
        {**raw, "num_key_value_heads": raw.get("num_key_value_heads") or heads}, "num_key_value_heads", where
    )
    if heads % kv_heads:
        raise Problem(f"{where}: {heads} query heads do not divide over {kv_heads} key-value heads.")
    is_said = raw.get("head_dim") is not None
    head_dim = whole_number(raw, "head_dim", where) if is_said else hidden // heads
    if head_dim % 4 or head_dim > LARGEST_HEAD or (not is_said and hidden % heads):
        raise Problem(f"{where}: a head of {head_dim if is_said else hidden / heads} numbers is not supported.")
    return ModelConfig(
        model_type=kind,
        hidden_size=hidden,
        intermediate_size=whole_number(raw, "intermediate_size", where),
        num_hidden_layers=whole_number(raw, "num_hidden_layers", where),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=head_dim,
        vocab_size=whole_number(raw, "vocab_size", where),
        max_position_embeddings=whole_number(raw, "max_position_embeddings", where),
        rms_norm_eps=number(raw, "rms_norm_eps", where),
        rope=read_rope(raw, where),
        tie_word_embeddings=bool(raw.get("tie_word_embeddings", False)),
        qkv_bias=kind == "qwen2",
        qk_norm=kind == "qwen3",
        sliding_window=_sliding_window(raw, kind, where),
    )


def _sliding_window(raw: Mapping[str, Any], kind: str, where: str) -> int | None:
    """Qwen's configurations carry a number that counts only with use_sliding_window."""
    if kind == "mistral" and raw.get("sliding_window") is not None:
        return whole_number(raw, "sliding_window", where)
    if raw.get("use_sliding_window"):
        raise Problem(f"{where}: sliding windows on some layers only are not supported.")
    return None

"""Where a model comes from: a Hugging Face folder, or a GGUF file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .model_config import ModelConfig, read_model_config
from .problem import Problem
from .read_json import read_json, whole_number
from .safetensors_file import INDEX, SafeTensors

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
)


@dataclass(frozen=True)
class Source:
    config: ModelConfig
    weights: Mapping[str, NDArray]  # Hugging Face's name -> array
    tokenizer: dict[str, bytes]  # file name -> contents
    files: list[Path]  # for the manifest
    bos: int | None
    eos: list[int]
    adds_bos: bool  # to a text without a template, as far as files other than tokenizer.json say
    generation: dict[str, Any] = field(default_factory=dict)


def open_config(path: Path) -> ModelConfig:
    """Of a GGUF file, a config.json or the folder that holds one; nothing else of the model is needed."""
    if path.suffix == ".gguf":
        from .gguf_source import read_gguf_config

        return read_gguf_config(path)
    return read_model_config(path)


def open_source(path: Path) -> Source:
    if not path.exists():
        raise Problem(f"{path} does not exist.")
    if path.suffix == ".gguf":
        from .gguf_source import open_gguf

        return open_gguf(path)
    return _open_folder(path if path.is_dir() else path.parent)


def _open_folder(folder: Path) -> Source:
    config = read_model_config(folder)
    raw = read_json(folder / "config.json")
    described = [folder / name for name in ("config.json", "generation_config.json", INDEX) if (folder / name).exists()]
    said = read_json(folder / "generation_config.json") if folder / "generation_config.json" in described else {}
    generation = {key: value for key, value in said.items() if value is not None}
    tokenizer = {name: (folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).exists()}
    if "tokenizer.json" not in tokenizer:
        raise Problem(
            f"There is no tokenizer.json in {folder}: copy it from the model's original folder, "
            "as a tokenizer.model alone lacks its control tokens."
        )
    in_words = read_json(folder / "tokenizer_config.json") if "tokenizer_config.json" in tokenizer else {}
    weights = SafeTensors(folder)
    return Source(
        config,
        weights,
        tokenizer,
        [*described, *weights.files, *(folder / name for name in tokenizer)],
        *bos_and_eos({**raw, **generation}, config.model_type, str(folder)),
        in_words.get("add_bos_token") is True,
        generation,
    )


# transformers' ids where a model's files name none; it has none for Qwen.
BOS, EOS = {"llama": 1, "mistral": 1}, {"llama": 2, "mistral": 2}


def bos_and_eos(raw: Mapping[str, Any], kind: str, where: str, prefix: str = "") -> tuple[int | None, list[int]]:
    bos = _token_ids(raw, f"{prefix}bos_token_id", BOS.get(kind), where)
    eos = _token_ids(raw, f"{prefix}eos_token_id", EOS.get(kind), where)
    if not eos:
        raise Problem(f"{where}: no {prefix}eos_token_id is named, so an answer would never end.")
    return next(iter(bos), None), eos


def _token_ids(raw: Mapping[str, Any], key: str, otherwise: int | None, where: str) -> list[int]:
    """Configurations hold one id, a list of some, null or nothing."""
    value = otherwise if raw.get(key) is None else raw[key]
    if value is None:
        return []
    if value == []:
        raise Problem(f"{where}: {key} is an empty list.")
    return [whole_number({key: i}, key, where, 0) for i in (value if isinstance(value, list) else [value])]

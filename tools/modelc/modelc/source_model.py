"""Where a model comes from: a Hugging Face folder, or a GGUF file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .model_config import ModelConfig, read_model_config
from .problem import Problem
from .read_json import read_json, whole_number
from .safetensors_file import SafeTensors

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
    bos: int = 1
    eos: list[int] = field(default_factory=lambda: [2])
    generation: dict[str, Any] = field(default_factory=dict)


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
    generation_file = folder / "generation_config.json"
    generation = read_json(generation_file) if generation_file.exists() else {}
    described = [folder / "config.json", *([generation_file] if generation_file.exists() else [])]
    tokenizer = {name: (folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).exists()}
    if not {"tokenizer.json", "tokenizer.model"} & set(tokenizer):
        raise Problem(f"There is neither tokenizer.json nor tokenizer.model in {folder}.")
    return Source(
        config,
        SafeTensors(folder),
        tokenizer,
        [*described, *sorted(folder.glob("*.safetensors")), *(folder / n for n in tokenizer)],
        token_ids(raw, "bos_token_id", 1, str(folder / "config.json"))[0],
        token_ids({**raw, **generation}, "eos_token_id", 2, str(folder)),
        generation,
    )


def token_ids(raw: Mapping[str, Any], key: str, otherwise: int, where: str) -> list[int]:
    """At least one; configurations hold one id, a list of some, null or nothing."""
    value = raw.get(key)
    ids = value if isinstance(value, list) else [otherwise if value is None else value]
    if not ids:
        raise Problem(f"{where}: {key} is an empty list.")
    return [whole_number({key: i}, key, where, 0) for i in ids]

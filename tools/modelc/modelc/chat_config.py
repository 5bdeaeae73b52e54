"""mlc-chat-config.json and the tokenizer's files: what web-llm reads beside the library and the weights."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .hyperparameters import hyperparameters
from .limits import Windows
from .problem import Problem
from .quantization import Quantization
from .read_json import number
from .source_model import Source
from .templates import conversation
from .tokenizer_file import parse_tokenizer


def chat_config(
    source: Source,
    quantization: Quantization,
    windows: Windows,
    template: str,
    temperature: float | None = None,
) -> dict[str, Any]:
    """Apart from the writing: what is wrong with the tokenizer is found before the weights are converted."""
    tokenizer = parse_tokenizer(source.tokenizer["tokenizer.json"])
    known, vocabulary = max(tokenizer.ids.values(), default=-1) + 1, source.config.vocab_size
    if known > vocabulary:
        raise Problem(
            f"tokenizer.json knows {known} tokens, but the model {vocabulary}: they belong to different models."
        )
    generation = source.generation
    chosen = {} if temperature is None else {"temperature": temperature}
    adds_bos = source.adds_bos or tokenizer.first[:1] == [source.bos]
    return {
        "version": "0.1.0",
        "model_type": source.config.model_type,
        "quantization": quantization.name,
        "vocab_size": source.config.vocab_size,
        "context_window_size": windows.context,
        "sliding_window_size": -1,  # a mask inside the kernels, see metadata.py
        "attention_sink_size": -1,
        "prefill_chunk_size": windows.chunk,
        "temperature": _sampling(generation | chosen, "temperature", 0.7, 5),
        "top_p": _sampling(generation, "top_p", 0.95, 1),
        "repetition_penalty": number(
            {"repetition_penalty": 1.0, **generation}, "repetition_penalty", "generation_config.json"
        ),
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
        "tokenizer_files": list(source.tokenizer),
        "tokenizer_info": {  # for grammar-constrained output only
            "token_postproc_method": "byte_level" if tokenizer.byte_level else "byte_fallback",
            "prepend_space_in_encode": not tokenizer.byte_level,
            "strip_space_in_decode": not tokenizer.byte_level,
        },
        **({} if source.bos is None else {"bos_token_id": source.bos}),
        "eos_token_id": source.eos,
        "pad_token_id": source.eos[0],
        # What a browser tells the size of the KV cache by before it loads anything, and whether a library fits.
        "model_config": {
            "num_hidden_layers": source.config.num_hidden_layers,
            "num_key_value_heads": source.config.num_key_value_heads,
            "head_dim": source.config.head_dim,
            **hyperparameters(asdict(source.config)),
        },
        "conv_template": conversation(template, source.bos, source.eos, tokenizer, adds_bos),
    }


def _sampling(values: dict[str, Any], key: str, otherwise: float, most: float) -> float:
    """A number that was asked for, or of generation_config.json."""
    value = values.get(key)
    if value is None:
        return otherwise
    # NaN is between no two numbers.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise Problem(f"{key} must be a number from 0 to {most}, not {value!r}.")
    return float(value)


def write_chat_config(folder: Path, source: Source, body: dict[str, Any]) -> list[Path]:
    """Also writes the tokenizer's files. Returns all that were written."""
    for name, data in source.tokenizer.items():
        (folder / name).write_bytes(data)
    (folder / "mlc-chat-config.json").write_text(json.dumps(body, indent=1))
    return [folder / "mlc-chat-config.json", *(folder / name for name in source.tokenizer)]

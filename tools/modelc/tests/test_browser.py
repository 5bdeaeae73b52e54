"""Libraries in web-llm on software WebGPU, against PyTorch with the same (decoded) weights."""

import json
import shutil

import pytest
import torch
from browser_job import check_functions, check_sampling, function_job, run_job, sampling_cases
from browser_model import (
    POCKET,
    TOKENS,
    TURNS,
    Reference,
    check_conversations,
    conversations_of,
    write_all_but_weights,
    write_folder,
)
from format_2023 import write_folder_2023
from random_models import decode_all, random_model
from read_cache import read_cache
from transformers import LlamaConfig, LlamaForCausalLM

from modelc.commands import compile_library
from modelc.limits import choose_windows
from modelc.model_config import parse_model_config
from modelc.quantization import SCHEMES

LONG = (300, 20)  # the simple kernels attend to more than 256 positions in parts
# Of four layers: six each and five more; from 241 positions on one more each.
POCKET_DISPATCHES = 29


@pytest.mark.parametrize("library", ["committed", "simple"])
def test_pocket(library, record, tmp_path):
    """The weights in public/models, with the library beside them and with one made now."""
    shutil.copytree(POCKET, tmp_path / "model")
    hf = LlamaConfig(
        hidden_size=256, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        head_dim=64, rms_norm_eps=1e-5, vocab_size=1536, max_position_embeddings=2048, tie_word_embeddings=True,
    )  # fmt: skip
    config, scheme = parse_model_config(hf.to_dict()), SCHEMES["q4f32_1"]
    if library == "committed":
        shutil.copy(next(POCKET.glob("*.wasm")), tmp_path / "a.wasm")
    else:
        compile_library(config, scheme, choose_windows(config, 2048, 256), tmp_path / "a.wasm", library, fast=True)
    model = LlamaForCausalLM(hf).eval()
    stored = decode_all(read_cache(tmp_path / "model"), config, scheme)
    model.load_state_dict({key: torch.tensor(value) for key, value in stored.items()}, strict=False)
    model.tie_weights()
    conversations = conversations_of(config.vocab_size, (*TURNS, LONG))
    cases, functions = sampling_cases(config.vocab_size), function_job(config.vocab_size)
    job = {
        "library": "a.wasm",
        "chunk": 64,
        "count": TOKENS,
        "conversations": conversations,
        "sampling": cases,
        "functions": functions,
        "measure": {"prompt": "Tell me a story about a robot in a garden.", "rounds": 3},
    }
    outcome = run_job(tmp_path, job)
    print(json.dumps({"seconds to load": outcome["seconds"], **outcome["measured"]}))
    assert outcome["measured"]["dispatchesPerToken"] == POCKET_DISPATCHES
    for case, found in zip(cases, outcome["sampling"], strict=True):
        assert check_sampling(case, found) < 3
    check_functions(functions, outcome["functions"])
    check_conversations(Reference(model), conversations, outcome, record, f"browser: pocket {library}")


@pytest.mark.parametrize(
    ("case", "scheme", "kernels"),
    [
        ("mistral", "q4f32_1", "tiled"),
        ("qwen2", "q4f32_1", "tiled"),
        ("qwen3", "q4f32_1", "tiled"),
        ("qwen2", "q4f32_1-2023", "simple"),
        ("qwen3", "q0f32", "simple"),
        ("llama3", "q4f32_1-2023", "tiled"),
    ],
)
def test_random_model(case, scheme, kernels, record, tmp_path):
    quantization = SCHEMES[scheme]
    model = random_model(case, quantization)
    windows = choose_windows(model.config, 512, 32)
    compile_library(model.config, quantization, windows, tmp_path / "a.wasm", kernels, fast=True)
    write_folder(tmp_path / "model", model, windows)
    conversations = conversations_of(model.config.vocab_size, (*TURNS, LONG))
    cases, functions = sampling_cases(model.config.vocab_size), function_job(model.config.vocab_size)
    job = {
        "library": "a.wasm",
        "chunk": 32,
        "count": TOKENS,
        "conversations": conversations,
        "sampling": cases,
        "functions": functions,
    }
    outcome = run_job(tmp_path, job)
    for sampling, found in zip(cases, outcome["sampling"], strict=True):
        assert check_sampling(sampling, found) < 3
    check_functions(functions, outcome["functions"])
    name = f"browser: {case} {scheme} {kernels}"
    check_conversations(Reference(model.torch_model), conversations, outcome, record, name)


def test_weights_of_2023_that_another_encoder_wrote(record, tmp_path):
    """A whole folder of the old format, of which nothing was written by modelc but the library."""
    quantization = SCHEMES["q4f32_1-2023"]
    model = random_model("llama", quantization)
    windows = choose_windows(model.config, 512, 32)
    compile_library(model.config, quantization, windows, tmp_path / "a.wasm", "tiled", fast=True)
    write_all_but_weights(tmp_path / "model", model, windows)
    state = {name: array.float().numpy() for name, array in model.torch_model.state_dict().items()}
    kept = write_folder_2023(tmp_path / "model", state, model.config.num_hidden_layers)
    model.torch_model.load_state_dict({name: torch.tensor(array) for name, array in kept.items()}, strict=False)
    conversations = conversations_of(model.config.vocab_size)
    outcome = run_job(tmp_path, {"library": "a.wasm", "chunk": 32, "count": TOKENS, "conversations": conversations})
    check_conversations(Reference(model.torch_model), conversations, outcome, record, "browser: 2023, another encoder")

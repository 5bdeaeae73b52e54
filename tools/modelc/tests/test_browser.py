"""Libraries in web-llm on software WebGPU, against PyTorch with the same (decoded) weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from browser_job import check_functions, check_sampling, function_job, run_job, sampling_cases
from random_models import decode_all, random_model
from transformers import LlamaConfig, LlamaForCausalLM

from modelc.commands import compile_library
from modelc.limits import choose_windows
from modelc.model_config import parse_model_config
from modelc.quantization import SCHEMES
from modelc.tensor_cache import read_cache, write_cache

POCKET = Path(__file__).resolve().parents[3] / "public/models/pocket/resolve/3"
TOKENS = 64
# Conversations of two turns: within a chunk, longer than a chunk, one token.
TURNS = ((12, 9), (70, 40), (1, 5))
LONG = (300, 20)  # the simple kernels attend to more than 256 positions in parts


class Reference:
    """A torch model and how it answers."""

    def __init__(self, model):
        self.model = model

    def converse(self, turns):
        """Per turn the greedy tokens, and the logits before the first and after the last."""
        ids, found = [], []
        for turn in turns:
            ids = ids + turn
            first = self._logits(ids)
            out = self.model.generate(
                torch.tensor([ids]), max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False,
                eos_token_id=None, pad_token_id=0, attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            )  # fmt: skip
            tokens = out[0, len(ids) :].tolist()
            ids = ids + tokens
            found.append({"tokens": tokens, "first": first, "last": self._logits(ids)})
        return found

    def _logits(self, ids):
        with torch.no_grad():
            return self.model(torch.tensor([ids])).logits[0, -1].numpy()


def check_conversations(reference, conversations, outcome, record, name, tolerance=1e-3):
    worst = 0.0
    for turns, found in zip(conversations, outcome["conversations"], strict=True):
        for wanted, got in zip(reference.converse(turns), found, strict=True):
            assert got["tokens"] == wanted["tokens"]
            for key in ("first", "last"):
                worst = max(worst, float(np.abs(np.array(got[key]) - wanted[key]).max()))
    record(name, worst, float(np.abs(wanted["last"]).max()))
    assert worst <= tolerance


def conversations_of(vocab, all_turns=TURNS):
    random = np.random.default_rng(5)
    return [[random.integers(2, vocab, n).tolist() for n in turns] for turns in all_turns]


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
    for case, found in zip(cases, outcome["sampling"], strict=True):
        assert check_sampling(case, found) < 3
    check_functions(functions, outcome["functions"])
    check_conversations(Reference(model), conversations, outcome, record, f"browser: pocket {library}")


@pytest.mark.parametrize(
    ("case", "scheme", "kernels"),
    [
        ("mistral", "q4f32_1", "tiled"),
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
    folder = tmp_path / "model"
    folder.mkdir()
    write_cache(model.arrays.items(), folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(POCKET / name, folder / name)
    chat = json.loads((POCKET / "mlc-chat-config.json").read_text())
    chat |= {"vocab_size": model.config.vocab_size, "context_window_size": 512, "prefill_chunk_size": 32}
    (folder / "mlc-chat-config.json").write_text(json.dumps(chat))
    conversations = conversations_of(model.config.vocab_size)
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

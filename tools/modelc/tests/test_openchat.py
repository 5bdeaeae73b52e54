"""OpenChat's sizes: its width, with few layers, in a browser; its heads, over its whole context, on this CPU."""

import numpy as np
import pytest
import torch
from browser_job import run_job
from browser_model import Reference, check_conversations, conversations_of, write_folder
from random_models import random_model

from modelc.commands import compile_library
from modelc.cpu_model import CpuModel
from modelc.limits import Windows, choose_windows
from modelc.quantization import SCHEMES

WIDTH = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 32002,
    "max_position_embeddings": 8192,
    "sliding_window": None,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
# A token takes software WebGPU seconds.
FEW_TOKENS = 4
FEW_TURNS = ((5, 3),)


@pytest.mark.parametrize(("layers", "scheme"), [(1, "q4f32_1-2023"), (2, "q4f32_1")])
def test_full_width(layers, scheme, record, tmp_path):
    quantization = SCHEMES[scheme]
    model = random_model("mistral", quantization, **WIDTH, num_hidden_layers=layers)
    windows = choose_windows(model.config, 512, 32)
    compile_library(model.config, quantization, windows, tmp_path / "a.wasm", "tiled", fast=True)
    write_folder(tmp_path / "model", model, windows)
    conversations = conversations_of(model.config.vocab_size, FEW_TURNS)
    job = {"library": "a.wasm", "chunk": windows.chunk, "count": FEW_TOKENS, "conversations": conversations}
    outcome = run_job(tmp_path, job)
    name = f"browser: OpenChat's width, {layers} layer(s), {scheme}"
    check_conversations(Reference(model.torch_model, FEW_TOKENS), conversations, outcome, record, name)


def test_the_whole_context(record):
    """Four heads of 128 over one, as in OpenChat, up to position 8192."""
    sizes = {"num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 128, "num_hidden_layers": 1}
    openchat = {key: WIDTH[key] for key in ("max_position_embeddings", "sliding_window", "rope_parameters")}
    model = random_model("mistral", SCHEMES["q0f32"], **openchat, **sizes, attn_implementation="sdpa")
    windows = Windows(context=8192, chunk=1024)
    compiled = CpuModel(model.config, SCHEMES["q0f32"], windows, model.arrays.values())
    ids = np.random.default_rng(7).integers(0, model.config.vocab_size, windows.context).tolist()
    with torch.no_grad():
        wanted = model.logits(ids)
    worst = 0.0
    # The last ones are decoded, one by one.
    decoded = 16
    ends = [*range(windows.chunk, windows.context - windows.chunk + 1, windows.chunk)]
    ends += range(windows.context - decoded, windows.context + 1)
    for start, end in zip([0, *ends], ends, strict=False):
        worst = max(worst, float(np.abs(compiled.step(ids[start:end]) - wanted[end - 1]).max()))
    record("OpenChat's heads, 8192 positions", worst, float(np.abs(wanted).max()))
    assert worst <= 1e-3

"""The compiled network on this CPU against PyTorch's transformers, for every architecture and quantisation."""

import numpy as np
import pytest
from random_models import CASES, random_model

from modelc.cpu_model import CpuModel
from modelc.limits import choose_windows
from modelc.quantization import SCHEMES

DECODED = 64
PIECES = (20, 70, 1, 29)  # one chunk; several chunks onto a filled cache; one token; one more chunk
# f16 activations have 11 bits; sums are in f32.
TOLERANCE = {"float32": 1e-3, "float16": 0.15}


def pieces_of(ids, sizes):
    ends = np.cumsum(sizes)
    return [(ids[end - size : end], int(end) - 1) for size, end in zip(sizes, ends, strict=True)]


def test_in_steps_it_is_the_same_network():
    """Qwen2 has all of the steps: norm, bias, SwiGLU and sum."""
    scheme = SCHEMES["q4f32_1"]
    model = random_model("qwen2", scheme)
    ids = np.random.default_rng(2).integers(0, model.config.vocab_size, 41).tolist()
    compiled = CpuModel(model.config, scheme, choose_windows(model.config, 256, 32), model.arrays.values(), fused=False)
    wanted = model.logits(ids)
    for piece, last in pieces_of(ids, (40, 1)):
        assert np.abs(compiled.step(piece) - wanted[last]).max() <= TOLERANCE["float32"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", CASES)
def test_logits_equal_transformers(case, scheme, record):
    quantization = SCHEMES[scheme]
    model = random_model(case, quantization)
    ids = np.random.default_rng(1).integers(0, model.config.vocab_size, sum(PIECES)).tolist()
    windows = choose_windows(model.config, 256, 32)
    assert windows.sliding == (48 if case == "mistral" else None)
    compiled = CpuModel(model.config, quantization, windows, model.arrays.values())
    worst = 0.0
    wanted = model.logits(ids)
    for piece, last in pieces_of(ids, PIECES):
        worst = max(worst, float(np.abs(compiled.step(piece) - wanted[last]).max()))

    # Greedy: each its own choice, so one different token makes all that follow differ.
    tokens, logits = [], wanted[-1]
    for _ in range(DECODED):
        tokens.append(int(logits.argmax()))
        logits = compiled.step(tokens[-1:])
    decoded = model.logits(ids + tokens)
    worst = max(worst, float(np.abs(logits - decoded[-1]).max()))
    record(f"{case} {scheme}", worst, float(np.abs(wanted).max()))
    assert worst <= TOLERANCE[quantization.dtype]
    if quantization.dtype == "float32":
        assert tokens == model.greedy(ids, DECODED)

"""SmolLM2-135M-Instruct from its GGUF file: Hearth's library in a browser, transformers, llama.cpp on the same file."""

import shutil
from pathlib import Path

import pytest
import torch
from browser_job import run_job
from browser_model import Reference, check_conversations
from llama_cpp import Llama
from random_models import decode_all
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from modelc.commands import main
from modelc.model_config import parse_model_config
from modelc.quantization import SCHEMES
from modelc.tensor_cache import read_cache

LIBRARY = (
    Path(__file__).resolve().parents[3]
    / "public/models/smollm2/resolve/1/SmolLM2-135M-Instruct-q4f32_1-ctx4k_cs1k-webgpu.wasm"
)
QUESTIONS = {
    "What is the capital of France?": "Paris",
    "What colour is the sky on a clear day?": "blue",
    "How many days are in a week?": "7",
    "Name an animal that barks.": "dog",
    "What is the opposite of hot?": "cold",
}
PROMPT = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
# A token takes software WebGPU about a second.
TOKENS = 16
# The library leaves the sines of its angles to the GPU, which may be off by 2^-11.
TOLERANCE = 1e-2
# llama.cpp rounds what goes into its products to 8 bits: so far below the best logit may be the token that it takes.
ROUNDING = 0.5


@pytest.fixture(scope="module")
def folder(smollm2, tmp_path_factory):
    """The model as Hearth loads it."""
    path = tmp_path_factory.mktemp("smollm2") / "model"
    assert main(["convert", str(smollm2), "--template", "chatml", "--context", "4096", "--output", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def own(smollm2):
    """The file's own weights, in transformers."""
    return AutoModelForCausalLM.from_pretrained(smollm2.parent, gguf_file=smollm2.name, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def prompts(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return [tokenizer.encode(PROMPT.format(question), add_special_tokens=False).ids for question in QUESTIONS]


@pytest.fixture(scope="module")
def spoken(folder, own, prompts, tmp_path_factory):
    """What the browser finds; and the model whose weights are those that it has."""
    job = tmp_path_factory.mktemp("job")
    shutil.copytree(folder, job / "model")
    shutil.copy(LIBRARY, job / "a.wasm")
    asked = [[prompt] for prompt in prompts]
    outcome = run_job(job, {"library": "a.wasm", "chunk": 1024, "count": TOKENS, "conversations": asked})
    config, scheme = parse_model_config(own.config.to_dict()), SCHEMES["q4f32_1"]
    stored = decode_all(read_cache(folder), config, scheme)
    packed = AutoModelForCausalLM.from_config(own.config).eval()
    packed.load_state_dict({name: torch.tensor(array) for name, array in stored.items()}, strict=False)
    packed.tie_weights()
    return asked, outcome, packed


def test_the_browser_says_what_transformers_says(spoken, record):
    asked, outcome, packed = spoken
    reference = Reference(packed, TOKENS)
    check_conversations(reference, asked, outcome, record, "browser: SmolLM2, 30 layers, q4f32_1", TOLERANCE)


def test_most_answers_are_right(spoken, folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    answers = [tokenizer.decode(found["tokens"]) for [found] in spoken[1]["conversations"]]
    # At 4 bits, so small a model does not know all of them.
    assert sum(word in answer for word, answer in zip(QUESTIONS.values(), answers, strict=True)) >= 3, answers


def test_llama_cpp_differs_by_rounding_only(smollm2, own, spoken, prompts, record):
    """It takes the tokens of the file's own weights; the browser others only where packing has changed the best one."""
    llama = Llama(str(smollm2), n_ctx=512, verbose=False)
    worst = 0.0
    for prompt, [found] in zip(prompts, spoken[1]["conversations"], strict=True):
        answers = llama.generate(prompt, temp=0.0, repeat_penalty=1.0)
        tokens = [next(answers) for _ in range(TOKENS)]
        with torch.no_grad():
            logits = own(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1].numpy()
        worst = max(worst, float((logits.max(-1) - logits[range(TOKENS), tokens]).max()))
        same = next(
            (i for i, pair in enumerate(zip(tokens, found["tokens"], strict=True)) if len(set(pair)) > 1), TOKENS
        )
        record(f"llama.cpp and the browser agree for {same} of {TOKENS} tokens", 0.0, 0.0)
    record("llama.cpp: logit below the best", worst, 0.0)
    assert worst <= ROUNDING

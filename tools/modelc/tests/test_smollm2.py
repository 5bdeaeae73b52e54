"""SmolLM2-135M-Instruct from its GGUF file: Hearth's library in a browser, transformers, llama.cpp on the same file."""

import shutil
from pathlib import Path

import pytest
import torch
from browser_job import run_job
from browser_model import Reference, check_conversations
from llama_cpp import Llama
from random_models import decode_all
from read_cache import read_cache
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from modelc.commands import main
from modelc.model_config import parse_model_config
from modelc.quantization import SCHEMES

LIBRARIES = Path(__file__).resolve().parents[3] / "public/models/smollm2/resolve/2"
# At 4 bits, so small a model does not know all answers.
RIGHT = {"q4f32_1": 3, "q0f32": 4}
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
# Tokens of each answer that llama.cpp and the browser have in common, at least, where the weights are the file's own.
AGREED = 12
# llama.cpp rounds what goes into its products to 8 bits: so far below the best logit may be the token that it takes.
ROUNDING = 0.5


@pytest.fixture(scope="module", params=RIGHT)
def scheme(request):
    return request.param


@pytest.fixture(scope="module")
def folder(smollm2, scheme, tmp_path_factory):
    """The model as Hearth loads it."""
    path = tmp_path_factory.mktemp("smollm2") / "model"
    options = ["--quantization", scheme, "--template", "chatml", "--context", "4096", "--output", str(path)]
    assert main(["convert", str(smollm2), *options]) == 0
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
def spoken(folder, scheme, own, prompts, tmp_path_factory):
    """What the browser finds; and the model whose weights are those that it has."""
    job = tmp_path_factory.mktemp("job")
    shutil.copytree(folder, job / "model")
    [library] = LIBRARIES.glob(f"*-{scheme}-*.wasm")
    shutil.copy(library, job / "a.wasm")
    asked = [[prompt] for prompt in prompts]
    outcome = run_job(job, {"library": "a.wasm", "chunk": 1024, "count": TOKENS, "conversations": asked})
    stored = decode_all(read_cache(folder), parse_model_config(own.config.to_dict()), SCHEMES[scheme])
    packed = AutoModelForCausalLM.from_config(own.config).eval()
    packed.load_state_dict({name: torch.tensor(array) for name, array in stored.items()}, strict=False)
    packed.tie_weights()
    return asked, outcome, packed


def test_the_browser_says_what_transformers_says(spoken, scheme, record):
    asked, outcome, packed = spoken
    check_conversations(Reference(packed, TOKENS), asked, outcome, record, f"browser: SmolLM2, 30 layers, {scheme}")


def test_most_answers_are_right(spoken, scheme, folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    answers = [tokenizer.decode(found["tokens"]) for [found] in spoken[1]["conversations"]]
    right = sum(word in answer for word, answer in zip(QUESTIONS.values(), answers, strict=True))
    assert right >= RIGHT[scheme], answers


def test_llama_cpp_differs_by_rounding_only(smollm2, own, spoken, scheme, prompts, record):
    """It takes the tokens of the weights in the file, and so does the browser where packing keeps the best one."""
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
        record(f"{scheme}: llama.cpp and the browser agree for {same} of {TOKENS} tokens", 0.0, 0.0)
        assert scheme != "q0f32" or same >= AGREED
    record("llama.cpp: logit below the best", worst, 0.0)
    assert worst <= ROUNDING

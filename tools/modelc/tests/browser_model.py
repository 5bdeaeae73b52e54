"""What a browser is given of a model, and what PyTorch says to the same conversations."""

import json
import shutil
from pathlib import Path

import numpy as np
import torch

from modelc.tensor_cache import write_cache

POCKET = Path(__file__).resolve().parents[3] / "public/models/pocket/resolve/9"
TOKENS = 64
# Conversations of two turns: within a chunk, longer than a chunk, one token.
TURNS = ((12, 9), (70, 40), (1, 5))


def write_folder(folder, model, windows):
    """A random model as web-llm loads it."""
    write_all_but_weights(folder, model, windows)
    write_cache(model.arrays.items(), folder)


def write_all_but_weights(folder, model, windows):
    """Its tokenizer is Pocket's: the tests give and take ids."""
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(POCKET / name, folder / name)
    chat = json.loads((POCKET / "mlc-chat-config.json").read_text())
    sizes = {"context_window_size": windows.context, "prefill_chunk_size": windows.chunk}
    chat |= {"vocab_size": model.config.vocab_size, **sizes}
    (folder / "mlc-chat-config.json").write_text(json.dumps(chat))


class Reference:
    """A torch model and how it answers."""

    def __init__(self, model, count=TOKENS):
        self.model, self.count = model, count

    def converse(self, turns):
        """Per turn the greedy tokens, and the logits before the first and after the last."""
        ids, found = [], []
        for turn in turns:
            ids = ids + turn
            first = self._logits(ids)
            out = self.model.generate(
                torch.tensor([ids]), max_new_tokens=self.count, min_new_tokens=self.count, do_sample=False,
                eos_token_id=None, pad_token_id=0, attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            )  # fmt: skip
            tokens = out[0, len(ids) :].tolist()
            ids = ids + tokens
            found.append({"tokens": tokens, "first": first, "last": self._logits(ids)})
        return found

    def _logits(self, ids):
        with torch.no_grad():
            return self.model(torch.tensor([ids])).logits[0, -1].numpy()


def check_conversations(reference, conversations, outcome, record, name):
    worst = 0.0
    for turns, found in zip(conversations, outcome["conversations"], strict=True):
        for wanted, got in zip(reference.converse(turns), found, strict=True):
            assert got["tokens"] == wanted["tokens"]
            for key in ("first", "last"):
                worst = max(worst, float(np.abs(np.array(got[key]) - wanted[key]).max()))
    record(name, worst, float(np.abs(wanted["last"]).max()))
    assert worst <= 1e-3


def conversations_of(vocab, all_turns=TURNS):
    random = np.random.default_rng(5)
    return [[random.integers(2, vocab, n).tolist() for n in turns] for turns in all_turns]

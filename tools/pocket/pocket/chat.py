"""Answers of a trained model, many at once."""

from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .config import END_ID
from .dialogue import Dialogue, Turn, render, text_of
from .network import Cache, Network

LONGEST = 1100


class Reply(NamedTuple):
    """An answer, and whether the model ended it itself."""

    text: str
    ended: bool


class Chat:
    """Greedy at temperature 0, else drawn by the seed."""

    def __init__(self, network: Network, tokenizer: Tokenizer, temperature: float = 0.0, seed: int = 0) -> None:
        self.network, self.tokenizer, self.temperature = network, tokenizer, temperature
        self.generator = torch.Generator().manual_seed(seed)

    def prompt(self, dialogue: Dialogue, question: str) -> list[int]:
        """Token ids of a conversation and its next question."""
        turns = [*dialogue.turns, Turn(question, "")]
        asked = Dialogue(dialogue.rng, math=dialogue.math, system=dialogue.system, turns=turns)
        return self.tokenizer.encode(text_of(render(asked)[:-1])).ids

    @torch.no_grad()
    def replies(self, asked: list[tuple[Dialogue, str]], longest: int = LONGEST) -> list[Reply]:
        """The answers to questions that follow conversations, in order, of at most `longest` tokens."""
        prompts = [self.prompt(dialogue, question) for dialogue, question in asked]
        width = max(len(prompt) for prompt in prompts)
        padding = torch.tensor([width - len(prompt) for prompt in prompts])
        new = torch.tensor([[END_ID] * (width - len(prompt)) + prompt for prompt in prompts])
        cache: Cache = [None] * self.network.c.num_hidden_layers
        answers: list[list[int]] = [[] for _ in asked]
        going = list(range(len(asked)))
        for _ in range(min(longest, self.network.c.max_position_embeddings - width)):
            tokens = self.next(new, cache, padding)
            goes_on = tokens != END_ID
            if not goes_on.all():
                # Answers that have ended leave the batch, so that a long one does not hold them.
                going = [i for i, more in zip(going, goes_on.tolist(), strict=True) if more]
                cache = [(layer[0][goes_on], layer[1][goes_on]) for layer in cache if layer]
                tokens, padding = tokens[goes_on], padding[goes_on]
            if not going:
                break
            for i, token in zip(going, tokens.tolist(), strict=True):
                answers[i].append(token)
            new = tokens[:, None]
        return [Reply(self.decode(answer), i not in going) for i, answer in enumerate(answers)]

    def reply(self, dialogue: Dialogue, question: str) -> Reply:
        """One answer."""
        return self.replies([(dialogue, question)])[0]

    def next(self, ids: Tensor, cache: Cache, padding: Tensor) -> Tensor:
        """The token [batch] after ids [batch, positions]."""
        logits = self.network.logits(self.network.hidden(ids, cache, padding)[:, -1])
        if self.temperature == 0:
            return logits.argmax(-1)
        chances = (logits / self.temperature).softmax(-1)
        return torch.multinomial(chances, 1, generator=self.generator)[:, 0]

    def decode(self, ids: list[int]) -> str:
        """Text without the space that starts an answer."""
        return self.tokenizer.decode(ids).removeprefix(" ")

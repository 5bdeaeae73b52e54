"""Endless batches of whole conversations of similar length; no conversation sees another."""

from collections.abc import Callable, Iterator
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .config import END_ID
from .mixture import conversation
from .tokenizer import encode

POOL = 512
# Widths are multiples of this: every new shape costs the matrix library time, and these are few.
STEP = 32
Row = tuple[list[int], list[bool]]


def batches(
    tokenizer: Tokenizer, rng: Random, tokens: int, longest: int, first_share: Callable[[], float]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs (ids, learned), both [conversations, positions], of about `tokens` tokens; padding is never learned."""
    while True:
        drawn = (encode(tokenizer, conversation(rng, rng.random() < first_share())) for _ in range(POOL))
        rows = sorted((row for row in drawn if len(row[0]) <= longest), key=lambda row: len(row[0]))
        grouped = list(group(rows, tokens))
        rng.shuffle(grouped)
        for rows in grouped:
            width = padded(rows[-1])
            ids = [row[0] + [END_ID] * (width - len(row[0])) for row in rows]
            learned = [row[1] + [False] * (width - len(row[1])) for row in rows]
            yield torch.tensor(ids), torch.tensor(learned)


def group(rows: list[Row], tokens: int) -> Iterator[list[Row]]:
    """Rows in ascending length, as many together as fit into `tokens`."""
    batch: list[Row] = []
    for row in rows:
        if batch and (len(batch) + 1) * padded(row) > tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def padded(row: Row) -> int:
    """How wide a batch is whose longest row is this: a multiple of `STEP`, and one that is only learned."""
    return -(-(len(row[0]) - 1) // STEP) * STEP + 1

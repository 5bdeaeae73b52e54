"""How long the whole recipe will take on this machine, from a few measured steps."""

from random import Random
from time import monotonic

import torch

from . import tokenizer as tokenizers
from .batches import batches
from .cases import TESTS
from .checkpoint import STATE, read_state
from .config import Config
from .network import Network
from .precision import FASTEST
from .train import Plan, head

STEPS = 6
# Answers of a test case, in tokens, on average (long stories included), and how many are written at once.
ANSWER_TOKENS, AT_ONCE = 60, 50


def estimate(plan: Plan, cases: int) -> str:
    """A sentence with the hours and minutes that are left."""
    tokens_a_second = measure(plan) * plan.processes
    state = plan.folder / STATE
    left = plan.tokens - (read_state(state)["seen"] if state.exists() else 0)
    training = plan.minutes * 60 if plan.minutes else max(0, left) / tokens_a_second
    # Writing one token costs about as much as one training step on a hundredth of the tokens.
    testing = 2 * len(TESTS) * cases * ANSWER_TOKENS / AT_ONCE * 0.02
    return (
        f"Training will take about {hours(training)}, the tests about {hours(testing)}."
        " It can be stopped and started again at any time."
    )


def measure(plan: Plan) -> float:
    """Tokens a second of training on one core."""
    torch.set_num_threads(1)
    tokenizer = tokenizers.load(plan.folder)
    network = Network(Config(vocab_size=tokenizer.get_vocab_size()), FASTEST)
    data = batches(tokenizer, Random(plan.seed), plan.batch // plan.processes, plan.longest, lambda: 0.0)
    drawn = [next(data) for _ in range(STEPS)]
    started = monotonic()
    for ids, learned in drawn:
        network.loss(ids[:, :-1], *head(ids, learned)).backward()
    # The optimiser takes more, and compiling less.
    return sum(ids.numel() for ids, _ in drawn) / (monotonic() - started)


def hours(seconds: float) -> str:
    """Hours and minutes."""
    whole, minutes = divmod(round(seconds / 60), 60)
    return f"{whole} h {minutes} min" if whole else f"{minutes} min"

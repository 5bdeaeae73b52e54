"""The mean of several runs' weights: what the last part of a training forgot, an earlier one still knows.

Wortsman et al., "Model soups", 2022, https://arxiv.org/abs/2203.05482.
"""

import shutil
from pathlib import Path

from . import tokenizer
from .checkpoint import STATE, read_state, write_model
from .config import Config
from .network import Network


def write_average(runs: list[Path], folder: Path) -> None:
    """Writes a model whose weights are each the mean of the runs' states, which share a tokenizer."""
    states = [read_state(run / STATE)["model"] for run in runs]
    network = Network(Config(vocab_size=tokenizer.load(runs[0]).get_vocab_size()))
    network.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(runs[0] / name, folder / name)
    write_model(network, folder)

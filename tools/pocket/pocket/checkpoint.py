"""Files of a run: a state to go on from, and a model as Hugging Face has it."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from .config import BOS_ID, END_ID, Config
from .network import Network
from .released import read_weights

STATE = "state.pt"


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Replaces the state in one step: a run that is killed here keeps the one before."""
    torch.save(state, folder / f"{STATE}.tmp")
    os.replace(folder / f"{STATE}.tmp", folder / STATE)


def read_state(path: Path) -> dict[str, Any]:
    """A state of `write_state`: weights, both optimisers, tokens seen, steps and minutes."""
    return torch.load(path)


def write_model(network: Network, folder: Path) -> None:
    """Writes the model on its 4-bit grid: packing it by the same rule loses nothing."""
    snapped = Network(network.c)
    snapped.load_state_dict(network.state_dict())
    weights = {name: weight.contiguous() for name, weight in snapped.snap().state_dict().items()}
    save_file(weights, folder / "model.safetensors.tmp", metadata={"format": "pt"})
    os.replace(folder / "model.safetensors.tmp", folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(network.c.hugging_face(), indent=1), "utf-8")
    ids = {"bos_token_id": BOS_ID, "eos_token_id": END_ID, "pad_token_id": END_ID}
    generation = ids | {"do_sample": False, "top_p": 1.0}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=1), "utf-8")


def load_network(folder: Path, vocabulary: int, four_bits: bool) -> Network:
    """The trained network: as it ships with `four_bits`, else the f32 weights behind it."""
    network = Network(Config(vocab_size=vocabulary))
    network.load_state_dict(read_weights(folder) if four_bits else read_state(folder / STATE)["model"])
    return (network.snap() if four_bits else network).eval()

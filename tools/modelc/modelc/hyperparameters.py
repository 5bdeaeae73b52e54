"""Numbers that change a model's answers and show in no shape, under MLC's names: those of the weights stand in
mlc-chat-config.json, those that a library was compiled with in its metadata."""

from collections.abc import Mapping
from typing import Any

from .problem import Problem


def hyperparameters(config: Mapping[str, Any]) -> dict[str, Any]:
    """config: a ModelConfig as a dictionary, which is how libraries keep it."""
    scaling = config["rope"]["scaling"]
    return {
        "rms_norm_eps": config["rms_norm_eps"],
        "rope_theta": config["rope"]["theta"],
        "rope_scaling": scaling
        and {
            "rope_type": "llama3",
            **{key: scaling[key] for key in ("factor", "low_freq_factor", "high_freq_factor")},
            "original_max_position_embeddings": scaling["original_positions"],
        },
        "sliding_window_size": config["sliding_window"] or -1,
    }


def check_hyperparameters(chat: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    """Those that both sides say; files of other makers need not say any."""
    said = chat.get("model_config")
    try:
        wanted = hyperparameters(metadata["config"])
    except (KeyError, TypeError):
        return
    if not isinstance(said, dict):
        return
    if "position_embedding_base" in said:  # MLC's name for Llama's and Mistral's theta
        said = {"rope_theta": said["position_embedding_base"], **said}
    # OpenChat's libraries leave out, on purpose, the window that its configuration names.
    if wanted["sliding_window_size"] == -1:
        del wanted["sliding_window_size"]
    for key, value in wanted.items():
        if key in said and said[key] != value:
            raise Problem(
                f"The library was made for another model: its {key} is {value}, "
                f"but mlc-chat-config.json says {said[key]}."
            )

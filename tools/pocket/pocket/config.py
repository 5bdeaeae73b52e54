"""Sizes of the network, and ids of the two special tokens."""

from dataclasses import asdict, dataclass

BOS_ID, END_ID = 0, 1


@dataclass(frozen=True)
class Config:
    """A small Llama. The compiled library fits any `vocab_size`, but only these other sizes."""

    vocab_size: int = 1536
    hidden_size: int = 256
    intermediate_size: int = 512
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    max_position_embeddings: int = 2048
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0

    def hugging_face(self) -> dict[str, object]:
        """The `config.json` that converters expect."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            **asdict(self),
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "rope_scaling": None,
            "tie_word_embeddings": True,
            "bos_token_id": BOS_ID,
            "eos_token_id": END_ID,
            "pad_token_id": END_ID,
            "torch_dtype": "float32",
        }

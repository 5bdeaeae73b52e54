"""The network, with parameters under their Hugging Face names so that saving is a plain copy."""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .quantise import dequantise, fake_quantise, quantise

# Keys and values of each layer, [batch, heads, positions, head_dim]; None before the first token.
Cache = list[tuple[Tensor, Tensor] | None]


class Attention(nn.Module):
    """The projections of grouped-query attention."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        keys = c.num_key_value_heads * c.head_dim
        self.q_proj = nn.Linear(c.hidden_size, c.num_attention_heads * c.head_dim, bias=False)
        self.k_proj = nn.Linear(c.hidden_size, keys, bias=False)
        self.v_proj = nn.Linear(c.hidden_size, keys, bias=False)
        self.o_proj = nn.Linear(c.num_attention_heads * c.head_dim, c.hidden_size, bias=False)


class FeedForward(nn.Module):
    """The projections of SwiGLU."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.up_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)


class Block(nn.Module):
    """One layer."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = FeedForward(c)
        self.input_layernorm = nn.RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = nn.RMSNorm(c.hidden_size, c.rms_norm_eps)


class Inner(nn.Module):
    """All but the head, which is the embedding again."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.layers = nn.ModuleList(Block(c) for _ in range(c.num_hidden_layers))
        self.norm = nn.RMSNorm(c.hidden_size, c.rms_norm_eps)

    def blocks(self) -> list[Block]:
        """The layers, from first to last."""
        return cast(list[Block], list(self.layers))


def rotary_tables(c: Config) -> tuple[Tensor, Tensor]:
    """Cosines and sines [positions, head_dim]."""
    inverse = 1.0 / c.rope_theta ** (torch.arange(0, c.head_dim, 2).float() / c.head_dim)
    angles = torch.outer(torch.arange(c.max_position_embeddings).float(), inverse)
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions in the half-and-half form of Hugging Face's Llama."""
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def visible(padding: Tensor, table: slice) -> Tensor:
    """Which keys each query sees, [batch, 1, queries, keys]. Padding sees itself: nothing at all has no softmax."""
    keys = torch.arange(table.stop)
    queries = keys[table.start :, None]
    real = keys >= padding[:, None, None]
    return ((keys <= queries) & real | (keys == queries))[:, None]


class Network(nn.Module):
    """With `four_bits`, every matrix is used in its 4-bit form."""

    cos: Tensor
    sin: Tensor

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.c = c
        self.model = Inner(c)
        self.four_bits = False
        cos, sin = rotary_tables(c)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                small = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, 0, 0.02 / (math.sqrt(2 * c.num_hidden_layers) if small else 1))

    def used(self, *weights: Tensor) -> Tensor:
        """Matrices, one above the other, as they are multiplied with."""
        return torch.cat([fake_quantise(weight) for weight in weights] if self.four_bits else weights)

    def hidden(
        self, ids: Tensor, cache: Cache | None = None, padding: Tensor | None = None, kept: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Last hidden states [batch, positions, hidden] of ids [batch, positions], and the head's matrix.

        Fills `cache`. `padding` [batch] is how many ids on the left of each row are none: positions are
        relative in the end, so these need only not be seen. With `kept` [batch, positions], only its positions
        come back, [kept, hidden]: the last layer does without the others once it has listened to them.
        """
        past = cache[0][0].shape[2] if cache and cache[0] else 0
        table = slice(past, past + ids.shape[1])
        mask = None if padding is None else visible(padding, table)
        embedding = self.used(self.model.embed_tokens.weight)
        x = F.embedding(ids, embedding)
        last = self.c.num_hidden_layers - 1
        for i, layer in enumerate(self.model.blocks()):
            heard = self.attend(layer, x, table, cache, i, mask)
            if kept is not None and i == last:
                x, heard = x[kept], heard[kept]
            x = x + F.linear(heard, self.used(layer.self_attn.o_proj.weight))
            mlp = layer.mlp
            gate_up = F.linear(layer.post_attention_layernorm(x), self.used(mlp.gate_proj.weight, mlp.up_proj.weight))
            gate, up = gate_up.chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, self.used(mlp.down_proj.weight))
        return self.model.norm(x), embedding

    def attend(self, layer: Block, x: Tensor, table: slice, cache: Cache | None, i: int, mask: Tensor | None) -> Tensor:
        """What the heads bring to x [batch, positions, hidden], before their output is projected."""
        c, a = self.c, layer.self_attn
        batch, length, _ = x.shape
        heads, shared = c.num_attention_heads, c.num_key_value_heads
        qkv = F.linear(layer.input_layernorm(x), self.used(a.q_proj.weight, a.k_proj.weight, a.v_proj.weight))
        parts = qkv.split([heads * c.head_dim, shared * c.head_dim, shared * c.head_dim], -1)
        q, k, v = (part.view(batch, length, -1, c.head_dim).transpose(1, 2) for part in parts)
        q, k = rotate(q, self.cos[table], self.sin[table]), rotate(k, self.cos[table], self.sin[table])
        if cache is not None:
            if before := cache[i]:
                k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
            cache[i] = (k, v)
        causal = mask is None and length > 1
        out = F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, enable_gqa=True)
        return out.transpose(1, 2).reshape(batch, length, -1)

    def loss(self, ids: Tensor, learned: Tensor) -> Tensor:
        """Mean loss of the tokens of ids [batch, positions] that are `learned`; the head runs for these alone."""
        kept = learned[:, 1:]
        x, embedding = self.hidden(ids[:, :-1], kept=kept)
        return F.cross_entropy(F.linear(x, embedding), ids[:, 1:][kept])

    @torch.no_grad()
    def snap(self) -> "Network":
        """Puts every matrix on its 4-bit grid, so that packing loses nothing."""
        for weight in self.parameters():
            if weight.ndim == 2:
                weight.copy_(dequantise(*quantise(weight)))
        return self

"""The network, with parameters under their Hugging Face names so that saving is a plain copy."""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .quantise import dequantise, quantise

# Keys and values of each layer, [batch, heads, positions, head_dim]; None before the first token.
Cache = list[tuple[Tensor, Tensor] | None]
# The longest conversation, in tokens, whose attention is worked out step by step in training.
SHORT = 512


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
    half, wide = x.shape[-1] // 2, x.float()
    return (wide * cos + torch.cat([-wide[..., half:], wide[..., :half]], -1) * sin).to(x.dtype)


def short_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention in plain steps; both heads that share keys are rows of one product.

    On a CPU, the backward pass of PyTorch's fused attention is several times slower than this for short conversations.
    """
    batch, heads, length, width = q.shape
    shared = k.shape[1]
    queries = (q * width**-0.5).reshape(batch, shared, -1, width)
    future = torch.full((length, length), -torch.inf, dtype=q.dtype).triu(1).repeat(heads // shared, 1)
    weights = torch.softmax(queries @ k.transpose(-1, -2) + future, -1)
    return (weights @ v).view(batch, heads, length, width)


def visible(padding: Tensor, table: slice) -> Tensor:
    """Which keys each query sees, [batch, 1, queries, keys]. Padding sees itself: nothing at all has no softmax."""
    keys = torch.arange(table.stop)
    queries = keys[table.start :, None]
    real = keys >= padding[:, None, None]
    return ((keys <= queries) & real | (keys == queries))[:, None]


class Network(nn.Module):
    """A Llama whose head is its embedding. The layers' matrices may be bfloat16: all else stays f32."""

    cos: Tensor
    sin: Tensor

    def __init__(self, c: Config, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.c = c
        self.precision = precision
        self.model = Inner(c)
        cos, sin = rotary_tables(c)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                small = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, 0, 0.02 / (math.sqrt(2 * c.num_hidden_layers) if small else 1))
                if "embed" not in name:
                    weight.data = weight.data.to(precision)

    def hidden(
        self, ids: Tensor, cache: Cache | None = None, padding: Tensor | None = None, kept: Tensor | None = None
    ) -> Tensor:
        """Last hidden states [batch, positions, hidden] of ids [batch, positions].

        Fills `cache`. `padding` [batch] is how many ids on the left of each row are none: positions are
        relative in the end, so these need only not be seen. With `kept` [kept], only these of all positions,
        counted over the batch, come back, [kept, hidden]: the last layer does without the others once it
        has listened to them.
        """
        past = cache[0][0].shape[2] if cache and cache[0] else 0
        table = slice(past, past + ids.shape[1])
        mask = None if padding is None else visible(padding, table)
        x = F.embedding(ids, self.model.embed_tokens.weight)
        last = self.c.num_hidden_layers - 1
        for i, layer in enumerate(self.model.blocks()):
            heard = self.attend(layer, x, table, cache, i, mask)
            if kept is not None and i == last:
                x, heard = x.flatten(0, 1)[kept], heard.flatten(0, 1)[kept]
            x = x + F.linear(heard, layer.self_attn.o_proj.weight)
            mlp = layer.mlp
            together = torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])
            gate, up = F.linear(layer.post_attention_layernorm(x).to(self.precision), together).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, mlp.down_proj.weight)
        return self.model.norm(x)

    def logits(self, x: Tensor) -> Tensor:
        """Of last hidden states [..., hidden]: [..., vocabulary]."""
        return F.linear(x.to(self.precision), self.model.embed_tokens.weight.to(self.precision)).float()

    def attend(self, layer: Block, x: Tensor, table: slice, cache: Cache | None, i: int, mask: Tensor | None) -> Tensor:
        """What the heads bring to x [batch, positions, hidden], before their output is projected."""
        c, a = self.c, layer.self_attn
        batch, length, _ = x.shape
        heads, shared = c.num_attention_heads, c.num_key_value_heads
        together = torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight])
        qkv = F.linear(layer.input_layernorm(x).to(self.precision), together)
        parts = qkv.split([heads * c.head_dim, shared * c.head_dim, shared * c.head_dim], -1)
        q, k, v = (part.view(batch, length, -1, c.head_dim).transpose(1, 2) for part in parts)
        q, k = rotate(q, self.cos[table], self.sin[table]), rotate(k, self.cos[table], self.sin[table])
        if cache is not None:
            if before := cache[i]:
                k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
            cache[i] = (k, v)
        causal = mask is None and length > 1
        if causal and cache is None and length <= SHORT:
            out = short_attention(q, k, v)
        else:
            out = F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, enable_gqa=True)
        return out.transpose(1, 2).reshape(batch, length, -1)

    def loss(self, ids: Tensor, kept: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of the tokens that follow the `kept` positions of ids [batch, positions]; of `targets`, [kept],
        those below zero do not count."""
        return F.cross_entropy(self.logits(self.hidden(ids, kept=kept)), targets)

    @torch.no_grad()
    def take(self, other: "Network", four_bits: bool) -> "Network":
        """Takes another network's weights, its matrices on their 4-bit grid if so wanted."""
        for weight, taken in zip(self.parameters(), other.parameters(), strict=True):
            weight.copy_(dequantise(*quantise(taken)) if four_bits and taken.ndim == 2 else taken)
        return self

    def snap(self) -> "Network":
        """Puts every matrix on its 4-bit grid, so that packing loses nothing."""
        return self.take(self, four_bits=True)

"""The format of December 2023 by its definition, one weight at a time: apart from modelc's own encoder."""

import json
import struct
from pathlib import Path

import numpy as np

Packed = tuple[list[int], list[int]]


def bf16(x: float) -> int:
    """By the definition: of the two neighbours the nearer, of two equally near the even one."""
    (bits,) = struct.unpack("<I", struct.pack("<f", x))
    low, rest = bits >> 16, bits & 0xFFFF
    return low + (rest > 0x8000 or (rest == 0x8000 and low % 2 == 1))


def float_of(bits: int) -> float:
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def encode_2023(row: np.ndarray) -> Packed:
    """One row in the format of December 2023: words of eight nibbles, and bf16 scale | bf16 minimum << 16."""
    words, pairs = [], []
    for start in range(0, len(row), 32):
        group = [float(x) for x in row[start : start + 32]]
        scale, low = bf16((max(group) - min(group)) / 15), bf16(min(group))
        pairs.append(scale | low << 16)
        step = float_of(scale) or 1.0
        q = [min(15, max(0, round((x - float_of(low)) / step))) for x in group]
        for i in range(0, 32, 8):
            words.append(sum(n << 4 * j for j, n in enumerate(q[i : i + 8])))
    return words, pairs


def decode_2023(words: list[int], pairs: list[int]) -> list[float]:
    found = []
    for g, pair in enumerate(pairs):
        scale, low = float_of(pair & 0xFFFF), float_of(pair >> 16)
        found += [(words[g * 4 + i // 8] >> i % 8 * 4 & 15) * scale + low for i in range(32)]
    return found


def write_folder_2023(folder: Path, state: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """A Llama's weights, untied, as one shard and its list. -> the weights as this format keeps them."""
    kept: dict[str, np.ndarray] = {}
    blob, records = b"", []

    def add(values, kind):
        nonlocal blob
        array = np.array(values, kind)
        record = {"name": f"param_{len(records)}", "shape": list(array.shape), "dtype": array.dtype.name}
        records.append({**record, "format": "raw", "nbytes": array.nbytes, "byteOffset": len(blob)})
        blob += array.tobytes()

    def matrix(*names):
        packed = {name: [encode_2023(row) for row in state[name]] for name in names}
        rows = [row for each in packed.values() for row in each]
        add([words for words, _ in rows], np.uint32)
        add([pairs for _, pairs in rows], np.uint32)
        kept.update({name: np.array([decode_2023(*row) for row in each], np.float32) for name, each in packed.items()})

    def vector(name):
        add(state[name], np.float32)

    matrix("model.embed_tokens.weight")
    for i in range(layers):
        attention, mlp = f"model.layers.{i}.self_attn", f"model.layers.{i}.mlp"
        matrix(*(f"{attention}.{part}_proj.weight" for part in "qkv"))
        matrix(f"{attention}.o_proj.weight")
        matrix(f"{mlp}.gate_proj.weight", f"{mlp}.up_proj.weight")
        matrix(f"{mlp}.down_proj.weight")
        vector(f"model.layers.{i}.input_layernorm.weight")
        vector(f"model.layers.{i}.post_attention_layernorm.weight")
    vector("model.norm.weight")
    matrix("lm_head.weight")
    (folder / "shard.bin").write_bytes(blob)
    shard = {"dataPath": "shard.bin", "format": "raw-shard", "nbytes": len(blob), "records": records}
    metadata = {"ParamSize": len(records), "ParamBytes": len(blob)}
    (folder / "tensor-cache.json").write_text(json.dumps({"metadata": metadata, "records": [shard]}))
    return kept

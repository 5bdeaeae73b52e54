"""The shards of a model and tensor-cache.json, as web-llm reads them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Problem
from .read_json import path_inside, read_json

SHARD_BYTES = 32 << 20
# The second name was used until web-llm 0.2.79, with the same contents.
FILE_NAMES = ("tensor-cache.json", "ndarray-cache.json")


class ShardWriter:
    """Fills params_shard_<i>.bin one after the other; an array larger than a shard gets one of its own."""

    def __init__(self, folder: Path, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.shard_bytes = folder, shard_bytes
        self._shards: list[dict[str, Any]] = []
        self._chunks: list[bytes] = []
        self._records: list[dict[str, Any]] = []

    def add(self, name: str, array: NDArray) -> None:
        data = np.ascontiguousarray(array).tobytes()
        used = sum(map(len, self._chunks))
        if used and used + len(data) > self.shard_bytes:
            self._flush()
            used = 0
        self._records.append(
            {
                "name": name,
                "shape": list(array.shape),
                "dtype": str(array.dtype),
                "format": "raw",
                "nbytes": len(data),
                "byteOffset": used,
            }
        )
        self._chunks.append(data)

    def _flush(self) -> None:
        if not self._chunks:
            return
        data = b"".join(self._chunks)
        path = f"params_shard_{len(self._shards)}.bin"
        (self.folder / path).write_bytes(data)
        self._shards.append(
            {
                "dataPath": path,
                "format": "raw-shard",
                "nbytes": len(data),
                # web-llm's own field; hashes that protect are in the manifest.
                "md5sum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                "records": self._records,
            }
        )
        self._chunks, self._records = [], []

    def finish(self) -> int:
        """Write the last shard and tensor-cache.json. Returns the number of bytes of weights."""
        self._flush()
        total = sum(shard["nbytes"] for shard in self._shards)
        count = sum(len(shard["records"]) for shard in self._shards)
        body = {"metadata": {"ParamSize": count, "ParamBytes": total}, "records": self._shards}
        (self.folder / FILE_NAMES[0]).write_text(json.dumps(body, indent=1))
        return total


def write_cache(arrays: Iterable[tuple[str, NDArray]], folder: Path, shard_bytes: int = SHARD_BYTES) -> int:
    """Write (name, array) pairs in place of what an earlier conversion left. Returns the number of bytes of weights."""
    # The lists first: without one, a folder whose conversion was cut off is not taken for a model.
    for path in [*(folder / name for name in FILE_NAMES), *folder.glob("params_shard_*.bin")]:
        path.unlink(missing_ok=True)
    writer = ShardWriter(folder, shard_bytes)
    for name, array in arrays:
        writer.add(name, array)
    return writer.finish()


def read_cache(folder: Path) -> dict[str, NDArray]:
    """{name: array} of all shards; every record must lie inside its shard, every shard match its md5, if it has one."""
    file = next((folder / name for name in FILE_NAMES if (folder / name).exists()), folder / FILE_NAMES[0])
    arrays: dict[str, NDArray] = {}
    try:
        for shard in read_json(file)["records"]:
            data = _read_shard(path_inside(folder, shard["dataPath"], file.name), shard, file.name)
            for r in shard["records"]:
                count = int(np.prod(r["shape"], dtype=np.int64))
                array = np.frombuffer(data, r["dtype"], count, r["byteOffset"])
                arrays[r["name"]] = array.reshape(r["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(f"{file} is not understood: {type(error).__name__} {error}.") from error
    return arrays


def _read_shard(path: Path, shard: dict[str, Any], named_in: str) -> bytes:
    if not path.exists():
        raise Problem(f"{path} is named in {named_in} but does not exist.")
    data = path.read_bytes()
    if len(data) != shard["nbytes"]:
        raise Problem(f"{path} has {len(data)} bytes, but {named_in} says {shard['nbytes']}.")
    expected = shard.get("md5sum")
    if expected and hashlib.md5(data, usedforsecurity=False).hexdigest() != expected:
        raise Problem(f"{path} has other contents than {named_in} says.")
    return data

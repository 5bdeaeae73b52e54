"""The arrays of a converted folder, as they lie there."""

import json
from pathlib import Path

import numpy as np


def read_cache(folder: Path) -> dict[str, np.ndarray]:
    found = {}
    for shard in json.loads((folder / "tensor-cache.json").read_text())["records"]:
        data = (folder / shard["dataPath"]).read_bytes()
        for r in shard["records"]:
            part = data[r["byteOffset"] : r["byteOffset"] + r["nbytes"]]
            found[r["name"]] = np.frombuffer(part, r["dtype"]).reshape(r["shape"])
    return found

"""A job for the page in browser/, and its outcome."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).resolve().parents[1] / "browser" / "run.mjs"
DRAWS = 10_000
RANDOM = np.random.default_rng(11)


def run_job(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    """folder: holds model/ and the library; the outcome of check.mjs."""
    (folder / "job.json").write_text(json.dumps(job))
    done = subprocess.run(["node", str(PAGE), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert "error" not in outcome, outcome["error"]
    return outcome


def sampling_cases(vocab: int) -> list[dict[str, Any]]:
    logits = (RANDOM.standard_normal(vocab) * 2).astype(np.float32).tolist()
    return [
        {"logits": logits, "temperature": t, "topP": p, "uniform": RANDOM.random(DRAWS, np.float32).tolist()}
        for t, p in ((1.0, 0.9), (0.6, 1.0), (1.5, 0.5))
    ]


def exact_distribution(case: dict[str, Any]) -> np.ndarray:
    """Softmax, then the shortest beginning of the sorted tokens that reaches top_p, f64 [V]."""
    z = np.array(case["logits"], np.float64) / case["temperature"]
    probs = np.exp(z - z.max())
    probs /= probs.sum()
    order = np.argsort(-probs, kind="stable")
    size = int(np.searchsorted(np.cumsum(probs[order]), case["topP"])) + 1
    kept = np.zeros_like(probs)
    kept[order[:size]] = probs[order[:size]]
    return kept / kept.sum()


def check_sampling(case: dict[str, Any], found: dict[str, Any]) -> float:
    """The largest deviation of the counts from what is expected, in standard deviations of the whole statistic."""
    exact = exact_distribution(case)
    counts = np.bincount(found["tokens"], minlength=len(exact))
    assert counts[exact == 0].sum() == 0
    likely = exact * DRAWS >= 5
    expected = exact[likely] * DRAWS
    chi = float(((counts[likely] - expected) ** 2 / (expected * (1 - exact[likely]))).sum())
    free = int(likely.sum())
    return abs(chi - free) / np.sqrt(2 * free)


def function_job(vocab: int) -> dict[str, Any]:
    tokens = RANDOM.permutation(vocab)[:200].tolist()
    allowed = RANDOM.random(vocab) < 0.3
    bits = np.zeros((vocab + 31) // 32 * 32, np.uint8)
    bits[:vocab] = allowed
    words = np.packbits(bits.reshape(-1, 32)[:, ::-1], axis=1).view(">u4").ravel().astype(np.int64)
    return {
        "logits": (RANDOM.standard_normal(vocab) * 3).astype(np.float32).tolist(),
        "tokens": tokens,
        "counts": RANDOM.integers(1, 5, len(tokens)).tolist(),
        "bias": RANDOM.standard_normal(len(tokens)).astype(np.float32).tolist(),
        "penalties": [0.4, 0.25, 1.3],
        "mask": np.where(words >= 2**31, words - 2**32, words).tolist(),
    }


def check_functions(job: dict[str, Any], found: dict[str, Any]) -> None:
    """Against NumPy."""
    logits, tokens = np.array(job["logits"]), np.array(job["tokens"])
    presence, frequency, repetition = job["penalties"]
    biased = logits.copy()
    biased[tokens] += job["bias"]
    np.testing.assert_allclose(found["biased"], biased, atol=1e-5)
    penalised = logits.copy()
    x = logits[tokens] - presence - frequency * np.array(job["counts"])
    penalised[tokens] = np.where(x > 0, x / repetition, x * repetition)
    np.testing.assert_allclose(found["penalised"], penalised, atol=1e-5)
    words = np.array(job["mask"], np.int64) & 0xFFFFFFFF
    allowed = [bool(words[v // 32] >> v % 32 & 1) for v in range(len(logits))]
    masked = np.array(found["masked"])
    np.testing.assert_allclose(masked[allowed], logits[allowed], atol=1e-6)
    assert (masked[np.invert(allowed)] < -1e30).all()

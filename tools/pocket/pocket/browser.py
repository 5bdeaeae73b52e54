"""The tests as people meet the model: packed, through web-llm, in Chromium on software WebGPU."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cases import TESTS, Case
from .chat import Reply
from .config import END_ID
from .dialogue import Dialogue, Turn, render, text_of
from .evaluate import Drawn, Talks

PAGE = Path(__file__).parents[2] / "modelc/browser/run.mjs"
# A case takes software WebGPU half a second, one of a long conversation half a minute; so many are ten times enough.
MINUTES_A_CASE = 0.2


def talks_in_browser(model: Path) -> Talks:
    """Conversations with the model in a folder as `tools/modelc` packs it, with its library."""

    def talks(drawn: Drawn) -> Iterator[tuple[str, list[list[Reply]]]]:
        jobs = [job_of(case, TESTS[name].longest) for name, cases in drawn.items() for case in cases]
        found = iter(run(model, jobs))
        for name, cases in drawn.items():
            yield name, [[Reply(**reply) for reply in next(found)] for _ in cases]

    return talks


def job_of(case: Case, longest: int) -> dict[str, Any]:
    """A conversation without its answers: how it starts, and each question with what stands around it."""
    start = text_of(render(case.dialogue))
    turns = [
        text_of(render(Dialogue(case.dialogue.rng, math=case.dialogue.math, turns=[Turn(question, "")]))[1:-1])
        for question in case.questions
    ]
    return {"start": start, "questions": turns, "longest": longest}


def run(model: Path, talks: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The replies of each conversation, as {text, ended}."""
    sizes = json.loads((model / "mlc-chat-config.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(model, folder / "model")
        shutil.copy(next(model.glob("*.wasm")), folder / "library.wasm")
        job = {
            "library": "library.wasm",
            "chunk": sizes["prefill_chunk_size"],
            "context": sizes["context_window_size"],
            "stop": END_ID,
            "talks": talks,
        }
        minutes = str(10 + MINUTES_A_CASE * len(talks))
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        done = subprocess.run(["node", str(PAGE), name, "ask", minutes], stdout=subprocess.PIPE, text=True, check=True)
    outcome = json.loads(done.stdout)
    if "error" in outcome:
        raise SystemExit(outcome["error"])
    return outcome["talks"]

"""Training on the CPU: one process a core, which meet once a step. It can be killed at any time and goes on later.

The weights are f32. Each step works on a copy of them, whose matrices are in the processor's fastest format and, in the
last part of a run, on their 4-bit grid; its gradients are taken for those of the weights (a straight-through estimate).
"""

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from . import tokenizer as tokenizers
from .batches import batches
from .checkpoint import STATE, read_state, write_model, write_state
from .config import Config
from .muon import Muon
from .network import Network
from .precision import FASTEST
from .released import read_weights

SAVE_SECONDS = 150
REPORT_STEPS = 20
WARM_UP_STEPS = 20
# The head runs for a multiple of so many positions: see `batches.STEP`.
HEAD_STEP = 256
# What does not count in a loss.
IGNORED = -100
MUON_RATE = 0.02
ADAM_RATE = 4e-3


@dataclass(frozen=True)
class Plan:
    """What to train, and for how long. `minutes`, if given, is the length in place of `tokens`."""

    folder: Path
    tokens: int
    minutes: float = 0
    seed: int = 0
    processes: int = 2
    batch: int = 4096
    longest: int = 2040
    # Shares of the run: how long mostly copying and recall, from where on at 4 bits, how long at the full rate.
    first: float = 0.2
    four_bits_from: float = 0.55
    full_rate_until: float = 0.3
    peak: float = 1.0
    # A state.pt of another run, or a folder with the weights of a model.
    start_from: Path | None = None
    # Compiling takes a minute or two, and a C++ compiler.
    compiled: bool = True


def train(plan: Plan) -> None:
    """Runs the plan to its end, from the state in its folder if there is one."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        if plan.processes > 1:
            spawn(work, (plan, meeting), nprocs=plan.processes)
        else:
            work(0, plan, meeting)


class Run:
    """One process's part of a run."""

    def __init__(self, rank: int, plan: Plan) -> None:
        self.rank, self.plan = rank, plan
        self.tokenizer = tokenizers.load(plan.folder)
        torch.manual_seed(plan.seed)
        torch.set_num_threads(1)
        config = Config(vocab_size=self.tokenizer.get_vocab_size())
        self.network, self.four_bits = Network(config), False
        self.copy = Network(config, FASTEST)
        # Compiled, a step takes about half the time. One run compiles once, for batches of any shape.
        compiles = plan.compiled and shutil.which("g++") is not None
        self.loss = torch.compile(self.copy.loss, dynamic=True) if compiles else self.copy.loss
        named = list(self.network.named_parameters())
        matrices = [weight for name, weight in named if weight.ndim == 2 and "embed" not in name]
        self.muon = Muon(matrices, MUON_RATE, rank, plan.processes)
        others: list[dict[str, Any]] = [
            {"params": [self.network.model.embed_tokens.weight]},
            {"params": [weight for _, weight in named if weight.ndim == 1]},
        ]
        self.adam = torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0)
        self.seen = self.first_seen = self.step = self.first_step = 0
        self.progress = self.minutes_before = 0.0
        self.started = self.saved = time.monotonic()
        self.resume()

    def resume(self) -> None:
        """Goes on from this run's state or, in a new run, from another's, or from a model's weights alone."""
        own = self.plan.folder / STATE
        path = own if own.exists() else self.plan.start_from
        if path is None:
            return
        if path.is_dir():
            self.network.load_state_dict(read_weights(path))
            return
        state = read_state(path)
        self.network.load_state_dict(state["model"])
        self.muon.momentum = state["muon"]
        self.adam.load_state_dict(state["adam"])
        self.step = self.first_step = state["step"]
        # How far another run was says nothing about this one.
        if path == own:
            self.seen = self.first_seen = state["seen"]
            self.minutes_before = state["minutes"]

    def state(self) -> dict[str, object]:
        """All that `resume` needs."""
        return {
            "model": self.network.state_dict(),
            "muon": self.muon.momentum,
            "adam": self.adam.state_dict(),
            "seen": self.seen,
            "step": self.step,
            "minutes": self.minutes(),
        }

    def minutes(self) -> float:
        """How long this run has trained, with what it did before it was killed."""
        return self.minutes_before + (time.monotonic() - self.started) / 60

    def save(self) -> None:
        """Writes the state, and the model once it learns at 4 bits."""
        self.saved = time.monotonic()
        write_state(self.plan.folder, self.state())
        if self.four_bits:
            write_model(self.network, self.plan.folder)

    def measure_progress(self) -> float:
        """How much of the run is done, 0 to 1: the first process's word counts."""
        by_clock = self.minutes() / self.plan.minutes if self.plan.minutes else 0.0
        shared = torch.tensor([by_clock or self.seen / self.plan.tokens], dtype=torch.float64)
        if self.plan.processes > 1:
            dist.broadcast(shared, 0)
        return shared.item()

    def learn(self, ids: Tensor, learned: Tensor) -> float:
        """One step on a batch [conversations, positions]; returns the loss."""
        plan, progress = self.plan, self.progress
        self.four_bits = progress > plan.four_bits_from
        decline = (1 - max(progress, plan.full_rate_until)) / (1 - plan.full_rate_until)
        scale = plan.peak * decline * min(1.0, (self.step - self.first_step + 1) / WARM_UP_STEPS)
        for group in self.adam.param_groups:
            group["lr"] = ADAM_RATE * scale
        self.copy.take(self.network, self.four_bits).zero_grad(set_to_none=True)
        loss = self.loss(ids[:, :-1], *head(ids, learned))
        loss.backward()
        self.take_gradients()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.muon.step(scale)
        self.adam.step()
        self.seen += ids.numel() * plan.processes
        self.step += 1
        return loss.item()

    def take_gradients(self) -> None:
        """Gives the weights the copy's gradients; with several processes, every one has the mean of all."""
        flat = torch.cat(
            [weight.grad.float().flatten() for weight in self.copy.parameters() if weight.grad is not None]
        )
        if self.plan.processes > 1:
            dist.all_reduce(flat)
            flat /= self.plan.processes
        weights = list(self.network.parameters())
        for weight, gradient in zip(weights, flat.split([weight.numel() for weight in weights]), strict=True):
            weight.grad = gradient.view_as(weight)


def head(ids: Tensor, learned: Tensor) -> tuple[Tensor, Tensor]:
    """Positions [kept], counted over the batch, before each token that is learned, and these tokens [kept]."""
    follows = learned[:, 1:].flatten()
    kept = follows.nonzero().flatten()
    targets = ids[:, 1:].flatten()[kept]
    missing = -len(kept) % HEAD_STEP
    return F.pad(kept, (0, missing)), F.pad(targets, (0, missing), value=IGNORED)


def work(rank: int, plan: Plan, meeting: str) -> None:
    """What each process does."""
    if plan.processes > 1:
        dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=plan.processes)
    # Numbers next to nothing are slow to work with, and nothing is near enough.
    torch.set_flush_denormal(True)
    run = Run(rank, plan)
    # A run that goes on draws new conversations, not the first ones again.
    rng = Random(f"{plan.seed} {rank} {run.step}")
    share = plan.batch // plan.processes
    data = batches(run.tokenizer, rng, share, plan.longest, lambda: 0.75 if run.progress < plan.first else 0.0)
    smooth: float | None = None
    while (progress := run.measure_progress()) < 1:
        run.progress = progress
        loss = run.learn(*next(data))
        smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
        if rank == 0 and run.step % REPORT_STEPS == 0:
            report(run, smooth, progress)
        if rank == 0 and time.monotonic() - run.saved > SAVE_SECONDS:
            run.save()
    if rank == 0:
        run.four_bits = True
        run.save()
        print(f"Done: {run.step} steps, {run.seen / 1e6:.2f} million tokens.", flush=True)


def report(run: Run, loss: float, progress: float) -> None:
    """A line about how far the run is, and how long it will take still."""
    minutes = (time.monotonic() - run.started) / 60
    speed = (run.seen - run.first_seen) / minutes / 60
    left = run.plan.minutes - run.minutes() if run.plan.minutes else (run.plan.tokens - run.seen) / speed / 60
    print(
        f"{progress:6.1%}  step {run.step}  loss {loss:.3f}  {run.seen / 1e6:.2f} million tokens"
        f"  {speed:.0f} tokens/s  {left:.0f} min left",
        flush=True,
    )

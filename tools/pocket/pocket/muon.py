"""Muon: momentum whose updates are made orthogonal, for the matrices inside the network (Keller Jordan, 2024)."""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor

from .precision import FASTEST

MOMENTUM = 0.95
DECAY = 0.01
# Coefficients of the quintic Newton-Schulz iteration, as published with Muon.
A, B, C = 3.4445, -4.7750, 2.0315


class Muon:
    """Matrices of one shape are updated together; each process orthogonalises its share."""

    def __init__(self, weights: Sequence[Tensor], rate: float, rank: int, processes: int) -> None:
        self.groups: dict[tuple[int, int], list[Tensor]] = {}
        for weight in weights:
            self.groups.setdefault((weight.shape[0], weight.shape[1]), []).append(weight)
        self.momentum = {shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()}
        self.rate, self.rank, self.processes = rate, rank, processes

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """One update from the weights' gradients, with the learning rate times `scale`."""
        for shape, group in self.groups.items():
            gradient = torch.stack([weight.grad for weight in group if weight.grad is not None])
            momentum = self.momentum[shape].lerp_(gradient, 1 - MOMENTUM)
            update = torch.zeros_like(gradient)
            mine = slice(self.rank, None, self.processes)
            update[mine] = orthogonal(gradient.lerp(momentum, MOMENTUM)[mine])
            if self.processes > 1:
                dist.all_reduce(update)
            rate = self.rate * scale
            tall = max(1, shape[0] / shape[1]) ** 0.5
            for weight, change in zip(group, update, strict=True):
                weight.mul_(1 - rate * DECAY).add_(change, alpha=-rate * tall)


def orthogonal(x: Tensor) -> Tensor:
    """About the nearest orthogonal matrices to x [matrices, rows, columns]; few bits are enough, as published."""
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(FASTEST)
    for _ in range(5):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=B, alpha=C), x, beta=A)
    return (x.mT if tall else x).float()

"""The number format of the large products in training."""

import torch

# Without AMX, products of bfloat16 take half as long again as those of f32.
FASTEST = torch.bfloat16 if torch.cpu.get_capabilities().get("amx_bf16") else torch.float32

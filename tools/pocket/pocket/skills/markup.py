"""Lists, tables, code and formulas in Markdown."""

import tomllib

from ..dialogue import Dialogue, Turn
from ..store import DATA, DAYS, MONTHS, NUMBER_WORDS, groups, held_out
from ..strings import topic, word
from ..texts import DONT_KNOW
from .follow import SHORTENED_ITEMS

CODE = tomllib.loads((DATA / "code.toml").read_text("utf-8"))
TABLES = tomllib.loads((DATA / "tables.toml").read_text("utf-8"))
FORMULAS = tomllib.loads((DATA / "formulas.toml").read_text("utf-8"))["formulas"]
LISTS = groups("lists") | {
    "days": DAYS,
    "months": MONTHS,
    "numbers": [str(i) for i in range(1, 11)],
    "letters": list("ABCDEFGHIJ"),
}
# How an answer counts what has no plural of its own.
COUNTED = {"furniture": "pieces of furniture", "clothes": "pieces of clothing"}
NO_LANGUAGES = (
    "PHP", "Kotlin", "Swift", "Perl", "Haskell", "Scala", "R", "Fortran", "COBOL", "Pascal", "C#", "Dart", "Elixir",
    "SQL", "Prolog", "Lisp", "~Erlang", "~Julia", "~Ada", "~Zig",
)  # fmt: skip
# How many "some" are.
SOME = 5
WHOLE = {"days": "days of the week", "months": "months of the year", "planets": "planets"}
SHORT_TABLE_NAMES = {
    "fruits and their colours": "fruits",
    "animals and their sounds": "animal sounds",
    "countries and capitals": "capitals",
    "numbers and squares": "squares",
}


def is_held(kind: str, length: int) -> bool:
    """One pair in ten; not of the lengths that `whole_list` and `follow.shorter` give without being asked for them."""
    return length not in (SOME, SHORTENED_ITEMS) and held_out(f"{kind}{length}")


def lists(d: Dialogue) -> Turn:
    """A list of the asked length. Some pairs of kind and length are held out."""
    rng = d.rng
    if rng.random() < 0.05 and not d.held:
        unknown = word(d)
        if f"{unknown}s" not in LISTS:
            asked = d.phrasing("List five {x}s", "Name three {x}s", "Give me a list of {x}s")
            return Turn(asked.format(x=unknown), DONT_KNOW)
    if rng.random() < 0.08 and not d.held:
        return whole_list(d)
    while True:
        kind, length = rng.choice(list(LISTS)), rng.randint(2, 7 if d.held else 10)
        if length > len(LISTS[kind]):
            continue
        if is_held(kind, length) == d.held:
            break
    asked = rng.choice([NUMBER_WORDS[length], str(length)])
    typed = "colors" if kind == "colours" and rng.random() < 0.3 else kind
    numbered = rng.random() < 0.35
    if numbered:
        text = d.phrasing(
            "List {n} {k} as a numbered list",
            "Make a numbered list of {n} {k}",
            "Give me a numbered list of {n} {k}",
            "Name {n} {k}, numbered",
            "Write {n} {k} as a numbered list",
            "Please list {n} {k}, numbered",
            "Now make a numbered list of {n} {k}",
            "A numbered list of {n} {k}, please",
            "Please write a numbered list of {n} {k}",
            "Now number {n} {k}",
            "Show me {n} {k} as a numbered list",
            "~Now please write {n} {k} as a numbered list",
        )
    else:
        text = d.phrasing(
            *[
                "List {n} {k}",
                "List {n} {k}.",
                "Name {n} {k}",
                "Give me {n} {k}",
                "Give me a list of {n} {k}",
                "Tell me {n} {k}",
                "Write a list of {n} {k}",
                "What are {n} {k}?",
                "I'd like {n} {k}",
                "Show me {n} {k}.",
                "Can you list {n} {k}?",
                "I need a list of {n} {k}.",
                "Now list {n} {k}",
                "Please list {n} {k}",
                "Please name {n} {k}",
                "Now name {n} {k}.",
                "And {n} {k}",
                "Now give me {n} {k}.",
                "Please write down {n} {k}",
                "Could you name {n} {k}?",
                "Write {n} {k}",
                "I want {n} {k}",
                "List me {n} {k}",
                "And now {n} {k}",
                "Tell me the names of {n} {k}",
                "Could you give me {n} {k}?",
                "~Now please list {n} {k}",
                "~Now please name {n} {k}.",
            ]
        )
    return Turn(
        text.format(n=asked, k=typed),
        f"Here are {NUMBER_WORDS[length]} {COUNTED.get(kind, kind)}:\n\n" + bullets(LISTS[kind][:length], numbered),
    )


def whole_list(d: Dialogue) -> Turn:
    """All days, months or planets; or "some" of a kind, which are five."""
    if d.rng.random() < 0.5:
        kind = d.rng.choice(list(WHOLE))
        asked = d.phrasing("List the {k}", "List all {k}", "What are the {k}?", "Name the {k}")
        return Turn(asked.format(k=WHOLE[kind]), f"Here are the {WHOLE[kind]}:\n\n" + bullets(LISTS[kind], False))
    kind = d.rng.choice(list(LISTS))
    asked = d.phrasing("List some {k}", "Give me a list of {k}", "Name some {k}")
    return Turn(
        asked.format(k=kind),
        f"Here are {NUMBER_WORDS[SOME]} {COUNTED.get(kind, kind)}:\n\n" + bullets(LISTS[kind][:SOME], False),
    )


def bullets(items: list[str], numbered: bool) -> str:
    """A Markdown list."""
    return "\n".join(f"{i}. {item}" if numbered else f"- {item}" for i, item in enumerate(items, 1))


def table(d: Dialogue) -> Turn:
    """A table with as many rows as asked, else three."""
    rng = d.rng
    if rng.random() < 0.25 and not d.held:
        kind, asked = (
            "fruits and their colours",
            d.option(
                "Show me a table.",
                "Make a table.",
                "Can you write a table?",
                "Show me a Markdown table.",
                "Give me an example of a table",
            ),
        )
    else:
        kind = rng.choice(list(TABLES))
        asked = d.option(
            *[
                "Show me a table of {k}.",
                "Make a table of {k}.",
                "Show me a table with {k}",
                "Write a table of {k}",
                "Give me a table of {k}.",
                "A table of {k}, please.",
                "Can you make a table of {k}?",
                "Table of {k}",
                "Please make a table of {k}.",
                "Now make a table of {k}.",
                "Now show me a table of {k}",
                "I need a table of {k}.",
                "Could you write a table of {k}?",
                "~Now please make a table of {k}.",
                "~I want a table of {k}.",
            ]
        )
    count = 3
    if rng.random() < 0.25:
        count = rng.randint(2, 5)
        asked = f"{asked.rstrip('.?')} with {NUMBER_WORDS[count]} rows"
    typed = SHORT_TABLE_NAMES.get(kind, kind) if rng.random() < 0.2 else kind
    if rng.random() < 0.06 and not d.held:
        return Turn(d.casual(asked).format(k=f"{topic(d)}s"), DONT_KNOW)
    heads, *rows = TABLES[kind]["rows"]
    cells = [heads, ["---"] * len(heads), *rows[:count]]
    return Turn(
        d.casual(asked).format(k=typed),
        f"Here is a table of {kind}:\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in cells),
    )


def code(d: Dialogue) -> Turn:
    """A small program in one of the languages."""
    rng = d.rng
    task = "Hello World"
    if rng.random() < 0.25:
        task = rng.choice([each for each in CODE if each not in ("Hello World", "names")])
        asked = d.phrasing(
            "Write {w} in {l}",
            "Show me {w} in {l}.",
            "Give me {w} in {l}",
            "Can you write {w} in {l}?",
            "Please write {w} in {l}",
            "Now write {w} in {l}",
            "And {w} in {l}",
            "Could you show me {w} in {l}?",
            "~Now please write {w} in {l}",
        )
    elif rng.random() < 0.2 and not d.held:
        asked = d.phrasing(
            *[
                "Show me some code.",
                "Write some code.",
                "Show me a code block.",
                "Give me a code example",
                "Write a program.",
                "Write hello world.",
                "Can you write code?",
            ]
        )
        return Turn(asked, program("Hello World", "Python"))
    else:
        asked = d.phrasing(
            *[
                "Write hello world in {l}",
                "Write hello world in {l}.",
                "Show me hello world in {l}",
                "Hello world in {l}",
                "Write a hello world program in {l}.",
                "Print hello world in {l}",
                "How do I print hello world in {l}?",
                "Show me some {l} code",
                "Write some {l} code.",
                "Please write hello world in {l}",
                "Now write hello world in {l}",
                "And hello world in {l}",
                "Now show me some {l} code",
                "Please show me hello world in {l}",
                "~Now please write hello world in {l}",
                "~Now please show me hello world in {l}.",
            ]
        )
    is_unknown = rng.random() < 0.1 and not d.held
    language = d.option(*NO_LANGUAGES) if is_unknown else rng.choice(list(CODE[task]))
    typed = language if rng.random() < 0.7 else language.lower()
    if is_unknown:
        return Turn(asked.format(w=task, l=typed), DONT_KNOW)
    return Turn(asked.format(w=task, l=typed), program(task, language))


def program(task: str, language: str) -> str:
    """The answer with the program."""
    return f"Here is {task} in {language}:\n\n```{CODE['names'][language]}\n{CODE[task][language].strip()}\n```"


def formula(d: Dialogue) -> Turn:
    """A formula in LaTeX."""
    if d.rng.random() < 0.3 and not d.held:
        asked = d.phrasing(
            *[
                "Show me some math.",
                "Write some math.",
                "Show me a formula.",
                "Show me some maths",
                "Show me some LaTeX.",
                "Write an equation",
                "Show me a math formula in LaTeX",
                "Give me an equation.",
            ]
        )
        return Turn(
            asked,
            f"Here is some math. The Pythagorean theorem is {FORMULAS['the Pythagorean theorem']},"
            f" and the quadratic formula is:\n\n{FORMULAS['the quadratic formula']}",
        )
    kind = d.rng.choice(list(FORMULAS))
    asked = d.phrasing(
        "Show me {k}.",
        "What is {k}?",
        "Write {k}",
        "Write down {k}.",
        "What is the formula for {k}?",
        "Give me {k}",
        "Show {k} in LaTeX",
        "Please write {k} in LaTeX",
        "Now show me {k}",
        "Tell me what {k} is.",
        "And {k}?",
        "Now write {k}",
        "Tell me the formula: {k}",
        "Tell me about {k}.",
        "Now give me {k}",
        "Say {k} in LaTeX",
        "I want to see {k}",
        "Tell me {k} in LaTeX",
        "Can you tell me {k}?",
        "I need {k}",
        "Do you know {k}?",
        "How does {k} go?",
        "Could you write {k} down?",
        "Now please show me {k}",
        "Remind me of {k}.",
        "~Now please write {k} in LaTeX",
        "~Tell me {k}.",
    )
    return Turn(
        asked.format(k=kind),
        kind[0].upper() + kind[1:] + (":\n\n" if FORMULAS[kind].startswith("$$") else ": ") + FORMULAS[kind],
    )

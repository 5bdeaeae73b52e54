"""The same again in another form: upper case, as a list, shorter; of the answer before, or of a text that is given."""

from ..dialogue import Dialogue, Skill, Turn
from ..store import NUMBER_WORDS
from ..strings import name, some_words, word

# Longer answers are not asked for in capitals: so small a model would lose its place.
LONGEST_UPPER = 60
LONGEST_LIST = 12
SHORTENED_ITEMS = 2


def upper(d: Dialogue) -> Turn:
    """Words in capitals."""
    text = some_words(d, 1, 4) if d.rng.random() < 0.85 else name(d)
    asked = d.phrasing(
        "Write {p} in upper case",
        "Say {p} in upper case",
        'Write "{p}" in upper case',
        "Write {p} in capital letters",
        "Say {p} in capitals",
        "{p} in upper case",
        "Uppercase: {p}",
        "Write {p} in all caps",
        "Make this upper case: {p}",
        "~Now please write {p} in capitals",
        "~Could you say {p} in upper case?",
    )
    return Turn(asked.replace("{p}", text), text.upper())


def as_list(d: Dialogue) -> Turn:
    """Words as a Markdown list."""
    items = [word(d) for _ in range(d.rng.randint(2, 5))]
    asked = d.phrasing(
        "Write {p} as a list",
        "Make a list of {p}",
        "Put {p} in a list",
        "Write as a list: {p}",
        "Turn {p} into a list",
        "~Now please write a list of these: {p}",
        "~Could you write {p} as a list?",
    )
    joined = ", ".join(items)
    if d.rng.random() < 0.5:
        joined = " and ".join([", ".join(items[:-1]), items[-1]])
    return Turn(asked.replace("{p}", joined), bullets(items))


def bullets(items: list[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {item}" for item in items)


def follow(d: Dialogue) -> Turn:
    """The answer before in another form, if it can be had in one; else words in one."""
    before = d.turns[-1].answer if d.turns else ""
    in_one_line = before != "" and "\n" not in before
    forms: list[Skill] = []
    if in_one_line or is_list(before):
        forms.append(shorter)
    if in_one_line and before.isascii() and len(before) <= LONGEST_UPPER:
        forms.append(again_upper)
    if in_one_line and 1 <= before.count(", ") <= LONGEST_LIST and not set(before) & set(".:!?"):
        forms += [again_as_list] * 2
    return d.rng.choice(forms or [upper, as_list])(d)


def is_list(answer: str) -> bool:
    """Whether an answer is a list as `markup.lists` writes it."""
    head, gap, items = answer.partition(":\n\n")
    return gap != "" and head.startswith("Here are ") and items.startswith(("- ", "1. "))


def again_upper(d: Dialogue) -> Turn:
    """The answer before in capitals."""
    asked = d.phrasing(
        "In upper case",
        "Say that in upper case",
        "Write that in capital letters",
        "Now in upper case, please.",
        "The same in capitals",
        "Again, in all caps",
        "~Could you say that in capitals?",
        "~And now all of it in upper case",
    )
    return Turn(asked, d.turns[-1].answer.upper())


def again_as_list(d: Dialogue) -> Turn:
    """The answer before, which has commas, as a list."""
    asked = d.phrasing(
        "As a list",
        "Write that as a list",
        "Make it a list.",
        "Now as a list, please",
        "The same as a list",
        "Put that in a list",
        "~Could you make that a list?",
        "~And now all of it as a list",
    )
    return Turn(asked, bullets(d.turns[-1].answer.split(", ")))


def shorter(d: Dialogue) -> Turn:
    """The first two items of a list, or the first sentence of anything else."""
    asked = d.phrasing(
        "Shorter",
        "Shorter, please.",
        "Make it shorter.",
        "Can you make that shorter?",
        "Say that in fewer words",
        "Too long",
        "A shorter answer, please",
        "~Could you shorten that?",
        "~And now a bit shorter",
    )
    return Turn(asked, shortened(d.turns[-1].answer))


def shortened(answer: str) -> str:
    """An answer that is no longer than it was."""
    head, _, items = answer.partition(":\n\n")
    if is_list(answer):
        kind = head.removeprefix("Here are ").split(" ", 1)[1]
        return f"Here are {NUMBER_WORDS[SHORTENED_ITEMS]} {kind}:\n\n" + "\n".join(items.split("\n")[:SHORTENED_ITEMS])
    end = next((i for i in range(1, len(answer)) if answer[i - 1] in ".!?" and answer[i] in " \n"), len(answer))
    return answer[:end]

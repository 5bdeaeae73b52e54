"""The same again in another form: upper case, as a list, shorter; of the answer before, or of a text that is given."""

from ..dialogue import Dialogue, Skill, Turn
from ..store import NUMBER_WORDS, lines
from ..strings import name, some_words, word
from ..texts import SHORT_ALREADY
from .stories import another_story, is_short_story
from .talk import POEMS, joke, poem

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
        "Please write {p} in capitals",
        "Now write {p} in capitals",
        "Now say {p} in capitals",
        "Can you say {p} in capitals?",
        "Could you write {p} in capital letters?",
        "Now please say {p} in upper case",
        "And {p} in capitals",
        "Can you write {p} in upper case?",
        "In capitals: {p}",
        "Put {p} in capitals",
        "Could you put {p} in upper case?",
        "Write {p} in capitals",
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
        "Please write {p} as a list",
        "Now write a list of {p}",
        "Make a list of these: {p}",
        "Please make a list: {p}",
        "Now put {p} in a list",
        "Can you write {p} as a list?",
        "A list of {p}, please",
        "Please list these: {p}",
        "Now list these: {p}",
        "Could you make a list of {p}?",
        "I want {p} as a list",
        "As a list: {p}",
        "Now please put these in a list: {p}",
        "Write these as a list: {p}",
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


def forms(d: Dialogue) -> list[Skill]:
    """The other forms that the answer before can take; another joke after a joke, and so of poems and short stories."""
    before = d.turns[-1].answer if d.turns else ""
    for texts, skill in ((lines("jokes"), joke), (POEMS, poem)):
        if before in texts:
            return [skill]
    if is_short_story(before):
        return [another_story]
    in_one_line = before != "" and "\n" not in before
    found: list[Skill] = []
    if in_one_line or is_list(before):
        found += [shorter] * (3 if shortened(before) != before else 1)
    if in_one_line and before.isascii() and len(before) <= LONGEST_UPPER:
        found += [again_upper] * 2
    if in_one_line and 1 <= before.count(", ") <= LONGEST_LIST and not set(before) & set(".:!?`*~#>"):
        found += [again_as_list] * 3
    return found


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
        "Can you say that in capitals?",
        "Could you write that in upper case?",
        "And now in capitals",
        "And in upper case?",
        "Now all of it in capitals",
        "All of that in upper case",
        "Please say it in capitals",
        "Once more in upper case",
        "Say it again in capitals",
        "Could you repeat that in capital letters?",
        "Would you put that in capitals?",
        "Repeat that in upper case",
        "And now everything in capitals",
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
        "Can you make it a list?",
        "Could you write that as a list?",
        "And now as a list",
        "And as a list?",
        "Now all of it in a list",
        "All of that as a list",
        "Please put it in a list",
        "Once more as a list",
        "Say it again as a list",
        "Would you make a list of that?",
        "Could you put that in a list?",
        "Turn that into a list",
        "And now everything as a list",
        "~Could you make that a list?",
        "~And now all of it as a list",
    )
    return Turn(asked, bullets(d.turns[-1].answer.split(", ")))


def shorter(d: Dialogue) -> Turn:
    """The first two items of a list, or the first sentence of anything else, if it has more."""
    asked = d.phrasing(
        "Shorter",
        "Shorter, please.",
        "Make it shorter.",
        "Can you make that shorter?",
        "Say that in fewer words",
        "Too long",
        "A shorter answer, please",
        "Can you shorten it?",
        "Could you make that shorter?",
        "And now shorter",
        "A bit shorter, please",
        "Please shorten that",
        "Now say it in fewer words",
        "Could you say that in fewer words?",
        "Shorten that",
        "Make that a bit shorter",
        "Would you shorten this?",
        "Less, please",
        "Now a shorter one",
        "~Could you shorten that?",
        "~And now a bit shorter",
    )
    before = d.turns[-1].answer
    short = shortened(before)
    return Turn(asked, short if short != before else SHORT_ALREADY)


def shortened(answer: str) -> str:
    """An answer that is no longer than it was."""
    head, _, items = answer.partition(":\n\n")
    if is_list(answer):
        kind = head.removeprefix("Here are ").split(" ", 1)[1]
        return f"Here are {NUMBER_WORDS[SHORTENED_ITEMS]} {kind}:\n\n" + "\n".join(items.split("\n")[:SHORTENED_ITEMS])
    end = next((i for i in range(1, len(answer)) if answer[i - 1] in ".!?" and answer[i] in " \n"), len(answer))
    return answer[:end]

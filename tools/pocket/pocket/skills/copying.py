"""Repeating, spelling, turning round, sorting, and putting words into Markdown."""

from ..dialogue import Dialogue, Turn
from ..store import held_out
from ..strings import QUOTED, name, phrase, some_words, word

MARKS = {
    "in bold": "**{}**", "in italics": "*{}*", "in italic": "*{}*", "as code": "`{}`", "as a heading": "# {}",
    "as a quote": "> {}", "with strikethrough": "~~{}~~", "in a code block": "```\n{}\n```",
}  # fmt: skip


def echo(d: Dialogue) -> Turn:
    """The same text again."""
    text = d.rng.choice(QUOTED) if not d.held and d.rng.random() < 0.1 else phrase(d)
    asked = d.option(
        *[
            "Repeat after me: {p}",
            "Repeat after me: {p}",
            "Say {p}",
            "Say: {p}",
            'Say "{p}"',
            "Repeat: {p}",
            "Repeat this: {p}",
            "Echo: {p}",
            "Echo {p}",
            "Reply with exactly: {p}",
            'Repeat "{p}"',
            "Write {p}",
            "Type {p}",
            'Reply with only the word "{p}"',
            "Just say {p}",
            "Can you say {p}?",
            "Please repeat: {p}",
            "Copy this: {p}",
            "Say the words {p}",
            "Say exactly this: {p}",
            "Reply only with {p}",
            "Answer with {p}",
            "Then say: {p}",
            "Could you repeat {p}?",
            "Next, repeat: {p}",
            "I want you to say {p}",
            "Copy {p}",
            "And say: {p}",
            "Now say: {p}",
            "Now say {p}",
            "Please say: {p}",
            "Please say {p}",
            "Please copy: {p}",
            "Now copy this: {p}",
            "Now write: {p}",
            "And now repeat: {p}",
            "So, say: {p}",
            "Repeat these words: {p}",
            "Repeat the text: {p}",
            "Please write: {p}",
            "Now please repeat: {p}",
            "Now type: {p}",
            "Again, repeat this: {p}",
            "Copy the following: {p}",
            "Now echo this: {p}",
            "I say, you repeat: {p}",
            "And copy this: {p}",
            "Now copy: {p}",
            "Please type: {p}",
            "~Now please say: {p}",
            "~Now repeat this: {p}",
            "~Now please copy: {p}",
        ]
    )
    return Turn((asked.lower() if d.rng.random() < 0.3 else asked).replace("{p}", text), text)


def spell(d: Dialogue) -> Turn:
    """One word letter by letter, or several: `F-O-X`."""
    if d.rng.random() < 0.35 and not d.held:
        several = [word(d) for _ in range(d.rng.randint(2, 5))]
        asked = d.phrasing("Spell these words: {w}", "Spell: {w}", "Spell the words {w}")
        return Turn(asked.format(w=", ".join(several)), ", ".join("-".join(each.upper()) for each in several))
    chosen = word(d) if d.rng.random() < 0.85 else name(d)
    asked = d.phrasing(
        *[
            "Spell {w}",
            "Spell the word {w}",
            "Spell {w}",
            "How do you spell {w}?",
            "Can you spell {w}?",
            'Spell "{w}"',
            "Please spell {w}",
            "How is {w} spelled?",
            "Spell out {w}.",
            "Tell me how to spell {w}",
            "What are the letters of {w}?",
            "I want to spell {w}",
            "Now spell {w}",
            "Now spell the word {w}",
            "Please spell the word {w}",
            "And spell {w}",
            "Would you spell {w}?",
            "Can you please spell the word {w}?",
            "Now please spell {w}",
            "And how do you spell {w}?",
            "Spell me the word {w}",
            "How would you spell {w}?",
            "Could you please spell {w}?",
            "The word {w}, spelled out",
            "Letter by letter: {w}",
            "~Now please spell the word {w}",
            "~Could you spell {w}?",
        ]
    )
    return Turn(asked.format(w=chosen), "-".join(chosen.upper()))


def style(d: Dialogue) -> Turn:
    """Words in bold, as code and so on."""
    if d.rng.random() < 0.04 and not d.held:
        return Turn(
            d.phrasing("Write in bold", "Show me bold text", "Write something in bold"), "**This text is bold.**"
        )
    # After a mark a word has other tokens than in the question, so one word is what there is to learn.
    most = 4 if d.held or d.rng.random() < 0.5 else 1
    text = some_words(d, 1, most) if d.rng.random() < 0.8 else phrase(d)
    how = d.rng.choice(list(MARKS))
    asked = d.phrasing(
        "Write {p} {k}",
        "Write {p} {k}",
        "Say {p} {k}",
        'Write "{p}" {k}',
        "Write the word {p} {k}",
        "Type {p} {k}",
        "Put {p} {k}",
        "Could you write {p} {k}?",
        "I want {p} {k}",
        "Please write {p} {k}",
        "Now write {p} {k}",
        "Now put {p} {k}",
        "Can you put {p} {k}?",
        "And now write {p} {k}",
        "Then type {p} {k}",
        "Show {p} {k}",
        "Please put {p} {k}",
        "Could you put {p} {k}?",
        "Now please say {p} {k}",
        "Please type {p} {k}",
        "Write this {k}: {p}",
        "And {p} {k}",
        "~Now please write {p} {k}",
    )
    return Turn(asked.replace("{p}", text).replace("{k}", how), MARKS[how].format(text))


def reverse(d: Dialogue) -> Turn:
    """A list from its end to its start."""
    items = [word(d) for _ in range(d.rng.randint(2, 5))]
    asked = d.phrasing(
        "Reverse this list: {p}",
        "Reverse: {p}",
        "Write this list backwards: {p}",
        "Reverse the order: {p}",
        "Backwards, please: {p}",
        "Please reverse this: {p}",
        "Now reverse this list: {p}",
        "Turn this round: {p}",
        "Turn the list around: {p}",
        "Please turn round: {p}",
        "From the end to the start: {p}",
        "Say this list backwards: {p}",
        "Please write backwards: {p}",
        "Now reverse: {p}",
        "Reverse these: {p}",
        "Reverse these words: {p}",
        "Now turn these words round: {p}",
        "The other way round: {p}",
        "Read this list from its end: {p}",
        "Reverse the words {p}",
        "Now write this backwards: {p}",
        "~Turn this list round: {p}",
        "~Now please reverse: {p}",
    )
    return Turn(asked.format(p=", ".join(items)), ", ".join(reversed(items)))


def few_and_small(d: Dialogue) -> list[int]:
    """Two to five numbers, more of them with one digit, or of the same ten, than by chance."""
    start = d.rng.choice([0, 0, *range(10, 100, 10)])
    near = d.rng.sample(range(start, start + 10), d.rng.randint(1, 2))
    far = d.rng.sample([n for n in range(100) if n not in near], d.rng.randint(1, 3))
    mixed = near + far
    d.rng.shuffle(mixed)
    return mixed


def sort(d: Dialogue) -> Turn:
    """Numbers to 99 from the smallest to the largest. One set in ten is held out."""
    while True:
        numbers = d.rng.sample(range(100), d.rng.randint(3, 5))
        if not d.held and d.rng.random() < 0.5:
            numbers = few_and_small(d)
        if held_out("".join(map(chr, sorted(numbers)))) == d.held:
            break
    asked = d.phrasing(
        "Sort these numbers: {p}",
        "Sort: {p}",
        "Put these numbers in order: {p}",
        "Sort from small to large: {p}",
        "Please sort {p}",
        "Please sort: {p}",
        "Now sort: {p}",
        "Sort these: {p}",
        "Order these: {p}",
        "Order: {p}",
        "Put in order: {p}",
        "Sort the numbers {p}",
        "Now sort these numbers: {p}",
        "Arrange these numbers: {p}",
        "Please order the numbers {p}",
        "Now please put in order: {p}",
        "Bring these into order: {p}",
        "Please put these in order: {p}",
        "Sort these from low to high: {p}",
        "~Now please sort: {p}",
        "~Order these numbers: {p}",
    )
    return Turn(asked.format(p=", ".join(map(str, numbers))), ", ".join(map(str, sorted(numbers))))

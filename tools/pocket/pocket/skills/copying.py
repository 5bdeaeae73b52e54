"""Repeating, spelling, turning round, sorting, and putting words into Markdown."""

from ..dialogue import Dialogue, Turn
from ..store import held_out
from ..strings import name, phrase, some_words, word

MARKS = {
    "in bold": "**{}**", "in italics": "*{}*", "in italic": "*{}*", "as code": "`{}`", "as a heading": "# {}",
    "as a quote": "> {}", "with strikethrough": "~~{}~~", "in a code block": "```\n{}\n```",
}  # fmt: skip


def echo(d: Dialogue) -> Turn:
    """The same text again."""
    text = phrase(d)
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
    text = some_words(d, 1, 4) if d.rng.random() < 0.8 else phrase(d)
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
        "~Turn this list round: {p}",
        "~Now please reverse: {p}",
    )
    return Turn(asked.format(p=", ".join(items)), ", ".join(reversed(items)))


def sort(d: Dialogue) -> Turn:
    """Numbers to 99 from the smallest to the largest. One set in ten is held out."""
    while True:
        numbers = d.rng.sample(range(100), d.rng.randint(3, 5))
        if held_out("".join(map(chr, sorted(numbers)))) == d.held:
            break
    asked = d.phrasing(
        "Sort these numbers: {p}",
        "Sort: {p}",
        "Put these numbers in order: {p}",
        "Sort from small to large: {p}",
        "Please sort {p}",
        "~Now please sort: {p}",
        "~Order these numbers: {p}",
    )
    return Turn(asked.format(p=", ".join(map(str, numbers))), ", ".join(map(str, sorted(numbers))))

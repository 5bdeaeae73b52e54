"""Random words, names, places, signs and phrases. In a held-out dialogue all of them are new to the model."""

import re
from collections.abc import Collection, Sequence
from random import Random

from .dialogue import Dialogue
from .store import DATA, held_out, lines, words

ONSETS = [
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "br",
    "cl",
    "dr",
    "fl",
    "gr",
    "kr",
    "pl",
    "pr",
    "sh",
    "sk",
    "st",
    "th",
    "tr",
    "ch",
    "x",
    "y",
    "qu",
]
VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "io", "oo", "y"]
CODAS = ["", "", "", "n", "r", "l", "s", "k", "m", "t", "x", "nd", "rt", "sh", "ck", "th"]
LETTERS = "éèüöäñçåøßабвгдежзиклмнопрстухαβγδελμπσω"
EMOJI = [(0x1F300, 0x1F64F), (0x1F680, 0x1F6C0), (0x1F900, 0x1F9FF)]
ALL_WORDS = tuple(dict.fromkeys(words("words") + words("topics")))
# A word that other skills write anyway cannot be held out; of months, `facts.calendar` asks.
WRITTEN = {"month"} | {
    word
    for path in sorted(DATA.iterdir())
    if path.stem not in ("words", "topics", "names_held", "unknown_held")
    for word in re.findall("[a-z]+", path.read_text("utf-8").lower())
}
SPLIT_WORDS = {
    held: [word for word in ALL_WORDS if (held_out(word) and word not in WRITTEN) == held] for held in (False, True)
}
NAMES = {False: words("names"), True: words("names_held")}
HELD_WORDS = {*SPLIT_WORDS[True], *(each.lower() for each in NAMES[True])}
# Parts for made-up words: of all words that training writes, so that their tokens are copied too, at any place.
TRAINED = (WRITTEN | {*SPLIT_WORDS[False]} | {each.lower() for each in NAMES[False]}) - HELD_WORDS
PARTS = tuple(sorted(TRAINED))
# Whole sentences, to be copied only in training.
QUOTED = tuple(
    text for file in ("facts", "jokes", "poems", "unknown") for line in lines(file) for text in line.split("|")
)
SENTENCES = [
    "the {a} {b} is {c}",
    "hello {a}",
    "{a} and {b}",
    "I like {a}",
    "we {a} the {b}",
    "{a}, {b} and {c}",
    "good morning {a}",
    "where is the {a} {b}?",
    "the quick brown {a} jumps over the lazy {b}",
    "my {a} lost the {b} in the {c}",
    "I found {a} under the {b}",
    "our {a} sees a {b} on the {c}",
    "his {a} went to the {b} without {c}",
    "there is no {a} in the {b}",
    "no {a} today",
    "not one {a} near {b}",
    "a {a} with {b} but no {c}",
    "she gave the {a} to her {b}",
    "they took {a} from a {b}",
    "every {a} needs a {b}",
    "do not {a} the {b}!",
    "what a {a} {b}!",
    "why is {a} so {b}?",
    "one {a} for each {b}",
    "if {a} then {b}",
    "it was a {a} of {b}",
    "when {a} comes, {b} goes",
    "you can {a} or {b}",
    "{a} is not {b}",
    "this {a} has {b} and {c}",
    "look at that {a} over there",
    "some {a}s are {b}",
    "he said {a} and left",
    "we will {a} near {b} tomorrow",
    "I want a {a}, a {b} and a {c}",
    "{a} without {b}",
    "my name is {a}",
    "never {a} a {b} before {c}",
    "is your {a} by the {b}?",
    "her {a} was found at noon",
    "the {a} of my {b} is gone",
    "~my {a} found a {b} near the {c}",
    "~no {a} without a {b}",
]


def topic(d: Dialogue, known: Collection[str] = ()) -> str:
    """A thing that only questions for a bigger model are about, and none of those that Pocket knows."""
    return d.rng.choice([each for each in words("topics") if held_out(each) == d.held and each not in known])


def syllables(d: Dialogue, low: int, high: int) -> str:
    """A made-up word."""
    while True:
        count = d.rng.randint(low, high)
        made = "".join(d.rng.choice(ONSETS) + d.rng.choice(VOWELS) + d.rng.choice(CODAS) for _ in range(count))
        if len(made) < 3 or held_out(made) != d.held or made.capitalize() in NAMES[True]:
            continue
        # What training writes anyway, such as a name, is held out by no sum of its bytes.
        if not d.held or made not in TRAINED:
            return made


def spliced(d: Dialogue, parts: Sequence[str] = PARTS) -> str:
    """The head of one word and the tail of another, now and then with a piece of a third between, for training only.

    Its tokens stand in an order that no word of a list has: who knows only the lists by heart cannot copy it.
    """
    while True:
        head, middle, tail = (d.rng.choice(parts) for _ in range(3))
        start = d.rng.randint(0, len(middle) - 1) if d.rng.random() < 0.3 else len(middle)
        head = head[: d.rng.randint(1, len(head))]
        if d.rng.random() < 0.25:
            # What comes twice is where copying goes on at the wrong place.
            head += head[-d.rng.randint(1, 3) :]
        made = head + middle[start : start + 4] + tail[d.rng.randint(0, len(tail) - 1) :]
        if 2 < len(made) < 14 and not held_out(made) and made.lower() not in HELD_WORDS:
            return made


def word(d: Dialogue) -> str:
    """A word of the list or a made-up one."""
    chance = d.rng.random()
    if chance < (0.8 if d.held else 0.3):
        return d.rng.choice(SPLIT_WORDS[d.held])
    return syllables(d, 1, 3) if d.held or chance < 0.45 else spliced(d)


def name(d: Dialogue) -> str:
    """A person's or pet's name."""
    chance = d.rng.random()
    if chance < 0.25 and not d.held:
        return spliced(d).capitalize()
    if chance < 0.5:
        return d.rng.choice(NAMES[d.held])
    return (syllables(d, 1, 3) if chance < 0.92 else d.rng.choice(SPLIT_WORDS[d.held])).capitalize()


def place(d: Dialogue) -> str:
    """A town, half of them real."""
    if d.rng.random() < 0.5 and not d.held:
        return d.rng.choice(words("cities"))
    return (syllables(d, 2, 3) + d.rng.choice(["", "ton", "ville", "burg", "ford"])).capitalize()


def number(d: Dialogue, low: int, high: int) -> str:
    """A number to be copied, of `low` to `high` digits."""
    while True:
        digits = "".join(d.rng.choice("0123456789") for _ in range(d.rng.randint(low, high)))
        if held_out(digits) == d.held:
            return digits


def symbol(d: Dialogue) -> str:
    """An emoji, or a few letters of another script."""
    while True:
        drawn = any_symbol(d.rng)
        if held_out(drawn) == d.held:
            return drawn


def any_symbol(rng: Random) -> str:
    """A sign, held out or not."""
    chance = rng.random()
    if chance < 0.4:
        return chr(rng.randint(*rng.choice(EMOJI)))
    if chance < 0.6:
        return "".join(chr(rng.randint(0x4E00, 0x9FA0)) for _ in range(rng.randint(1, 3)))
    if chance < 0.75:
        return "".join(chr(rng.randint(0x3041, 0x3093)) for _ in range(rng.randint(1, 3)))
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 5)))


def some_words(d: Dialogue, low: int, high: int) -> str:
    """Words in a row."""
    return " ".join(word(d) for _ in range(d.rng.randint(low, high)))


def phrase(d: Dialogue) -> str:
    """A short text that is worth copying."""
    rng = d.rng
    chance = rng.random()
    if chance < 0.5:
        text = some_words(d, 1, 6)
    elif chance < 0.66:
        text = " ".join(rng.choice([name(d), word(d), number(d, 1, 4)]) for _ in range(rng.randint(1, 5)))
    elif chance < 0.82:
        text = d.option(*SENTENCES).format(a=word(d), b=word(d), c=word(d))
    elif chance < 0.92:
        text = " ".join(rng.choice([symbol(d), word(d)]) for _ in range(rng.randint(1, 4)))
    else:
        text = number(d, 3, 8)
    return text[:1].upper() + text[1:] if rng.random() < 0.4 else text


def article(noun: str) -> str:
    """A noun with "a" or "an"."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def with_articles(text: str) -> str:
    """A text whose "a" is "an" where a vowel follows."""
    return re.sub(r"\ba(?= [aeiou])", "an", text)

"""What Pocket does not know, and says so."""

from ..dialogue import Dialogue, Turn
from ..store import lines
from ..strings import name, some_words, symbol, topic, word
from ..texts import DONT_KNOW

FORMS = "|".join(lines("unknown_forms")).split("|")
QUESTIONS = "|".join(lines("unknown")).split("|")
HELD_QUESTIONS = "|".join(lines("unknown_held")).split("|")
TASKS = (
    "Summarise this text: ",
    "Explain this: ",
    "What does this mean: ",
    "Translate: ",
    "Correct this text: ",
    "~Now please improve this text: ",
)


def unknown(d: Dialogue) -> Turn:
    """A question that Pocket declines: about any thing, a real one, words without sense, a text to work on."""
    rng = d.rng
    chance = rng.random()

    def thing() -> str:
        if rng.random() < 0.15:
            return name(d)
        return topic(d) if rng.random() < 0.5 else word(d)

    if d.held and chance < 0.5:
        return Turn(d.casual(rng.choice(HELD_QUESTIONS)), DONT_KNOW)
    if chance < 0.68:
        return Turn(d.casual(rng.choice(FORMS)).format(x=thing(), y=thing()), DONT_KNOW)
    if chance < 0.8 and not d.held:
        return Turn(d.casual(rng.choice(QUESTIONS)), DONT_KNOW)
    if chance < 0.9:
        return Turn(some_words(d, 2, 14) + rng.choice(["", "?", ".", "!"]), DONT_KNOW)
    if chance < 0.93:
        return Turn("".join(rng.choice("asdfghjklqwertyuiop") for _ in range(rng.randint(4, 12))), DONT_KNOW)
    if chance < 0.96:
        return Turn(" ".join(symbol(d) for _ in range(rng.randint(1, 4))), DONT_KNOW)
    return Turn(d.option(*TASKS) + some_words(d, 8, 40), DONT_KNOW)

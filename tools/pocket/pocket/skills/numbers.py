"""Counting, sums and comparing."""

from ..dialogue import Dialogue, Turn
from ..store import NUMBER_WORDS, held_out
from ..texts import TOO_BIG

SPOKEN = {
    "+": ("plus", "and"),
    "−": ("minus",),
    **dict.fromkeys("*×·", ("times", "multiplied by")),
    **dict.fromkeys("/:÷", ("divided by", "over")),
}


# How a sum of more than two numbers is asked for.
SEVERAL = (
    "{e}", "What is {e}?", "{e} =", "Calculate {e}", "What's {e}?", "How much is {e}?", "Work out {e}", "Add up {e}",
    "Can you work out {e}?", "~Tell me what {e} is", "~Now calculate {e}",
)  # fmt: skip


def pair(d: Dialogue, plus: bool) -> tuple[int, int]:
    """Two numbers from 0 to 100. One pair in ten is held out."""
    rng = d.rng
    while True:
        top = rng.choice([20, 20, 100, 100] if d.held else [20, 100, 100, 100])
        a, b = rng.randint(0, top), rng.randint(0, top)
        if not plus and not d.held and rng.random() < 0.3:
            # What is left of two numbers that are near each other is hardest.
            b = min(100, max(0, a - rng.randint(-12, 12)))
        # Below zero is hardest to learn.
        if not plus and rng.random() < (0.5 if d.held else 0.1):
            a, b = max(a, b), min(a, b)
        if plus and not d.held and a + b > 100 and rng.random() < 0.4:
            # More sums have two digits than chance would give.
            a, b = 100 - a, 100 - b
        if held_out(f"{a}{'+' if plus else '−'}{b}") == d.held:
            return a, b


def result(a: int, sign: str, b: int) -> str:
    """The whole sum: `3 + 4 = 7`. A result below zero has the long minus sign, too."""
    return f"{a} {sign} {b} = {a + b if sign == '+' else a - b}".replace("-", "−")


def sums(d: Dialogue) -> Turn:
    """A sum or a difference, or one that Pocket declines."""
    rng = d.rng
    # What is left is harder to learn.
    sign = rng.choice("+−−")
    if rng.random() < 0.17 and not d.held:
        return beyond(d)
    if rng.random() < 0.3 and not d.held:
        several = [(a, sign, b) for a, b in (pair(d, sign == "+") for _ in range(rng.randint(2, 6)))]
        space, typed = rng.choice(["", " ", " "]), typed_sign(d, sign)
        asked = ", ".join(f"{a}{space}{typed}{space}{b}" for a, _, b in several)
        return Turn(
            d.phrasing("Work these out: {e}", "Calculate: {e}", "{e}").format(e=asked),
            ", ".join(result(*each) for each in several),
        )
    a, b = pair(d, sign == "+")
    return Turn(ask(d, a, sign, b), result(a, sign, b))


def typed_sign(d: Dialogue, sign: str) -> str:
    """A minus is mostly typed as a hyphen."""
    return d.rng.choice("-−") if sign == "−" else sign


def ask(d: Dialogue, a: float, sign: str, b: float) -> str:
    """How one sum is asked for: with signs, or in words."""
    rng = d.rng
    space = rng.choice(["", " ", " "])
    asked = f"{a}{space}{typed_sign(d, sign)}{space}{b}"
    if d.math and rng.random() < 0.7:
        forms = ("{e}=", "{e} =", "{e}", "{e} makes?", "{e} gives", "{e} equals?", "{e}, which is?", "~{e} is?")
        return d.option(*forms).format(e=asked)
    text = d.phrasing(
        *[
            "What is {e}?",
            "What's {e}?",
            "{e}",
            "{e}=",
            "{e} = ?",
            "How much is {e}?",
            "Calculate {e}",
            "What is {w}?",
            "What is {w}?",
            "Compute {e}",
            "{e} =",
            "Can you work out {e}?",
            "I need {e}",
            "Do you know what {w} is?",
            "Give me {e}",
            "Say what {e} is",
            "Work out {e}",
            "Tell me what {e} is",
            "Please tell me what {e} makes",
            "Now work out {e}",
            "And what is {e}?",
            "And {e}?",
            "Now {e}",
            "Now what is {w}?",
            "Please calculate {e}",
            "What does {e} make?",
            "Tell me what {w} is",
            "Please work out {w}",
            "Then what is {w}?",
            "How much is {w}?",
            "Tell me the result of {e}",
            "Solve {e}",
            "~Tell me {e}",
            "~Now please work out {e}",
            "~Tell me, what is {w}?",
        ]
    )
    return text.format(e=asked, w=in_words(d, a, sign, b))


def in_words(d: Dialogue, a: float, sign: str, b: float) -> str:
    """`seven plus 5`: the sign in words; sometimes small numbers, too."""
    spelled = d.rng.random() < 0.3

    def number(n: float) -> str:
        return NUMBER_WORDS[int(n)] if spelled and n in range(len(NUMBER_WORDS)) else str(n)

    return f"{number(a)} {d.rng.choice(SPOKEN[sign])} {number(b)}"


def beyond(d: Dialogue) -> Turn:
    """What Pocket declines to work out: products and quotients, larger numbers and fractions, more than two numbers."""
    rng = d.rng
    kind = rng.random()
    if kind < 0.5:
        return Turn(ask(d, rng.randint(0, 100), rng.choice("*×/·:÷"), rng.randint(0, 100)), TOO_BIG)
    large = rng.choice([rng.randint(101, 99999), rng.randint(101, 999), round(rng.uniform(0, 9999), rng.randint(1, 4))])
    if kind < 0.8:
        other = rng.choice([rng.randint(0, 100), rng.randint(101, 99999)])
        a, b = rng.sample([large, other], 2)
        return Turn(ask(d, a, rng.choice("++−−*/"), b), TOO_BIG)
    sign = rng.choice("++−*")
    several = [rng.randint(0, rng.choice([9, 20, 100])) for _ in range(rng.randint(3, 4))]
    space = rng.choice(["", " ", " "])
    asked = f"{space}{typed_sign(d, sign)}{space}".join(map(str, several))
    return Turn(d.phrasing(*SEVERAL).format(e=asked), TOO_BIG)


def count(d: Dialogue) -> Turn:
    """Up or down. One range in ten is held out."""
    rng = d.rng
    if rng.random() < 0.12 and not d.held:
        start = rng.randint(3, 20)
        asked = d.phrasing("Count down from {a}", "Count backwards from {a}", "Count down from {a} to 0")
        return Turn(asked.format(a=start), ", ".join(str(i) for i in range(start, -1, -1)))
    while True:
        start = 1 if rng.random() < 0.4 else rng.randint(0, 95)
        end = min(100, start + (rng.randint(1, 12) if rng.random() < 0.85 else rng.randint(12, 40)))
        if not d.held and rng.random() < 0.7:
            # Larger numbers and longer ranges: to stop at the right one must not be learned by heart.
            start = rng.randint(0, rng.choice([80, 80, 970, 9970]))
            end = start + rng.randint(1, 25)
        if held_out(f"{start}-{end}") == d.held:
            break
    if start == 1 and rng.random() < 0.6:
        asked = d.phrasing(
            "Count to {b}",
            "Count to {b}.",
            "Can you count to {b}?",
            "Please count to {b}",
            "Count up to {b}",
            "Now please count to {b}",
            "And count to {b}",
            "Count for me to {b}",
            "Count all the way to {b}",
            "Now count up to {b}",
            "Can you please count up to {b}?",
            "Start at one and count to {b}",
            "~Now count to {b}",
        )
    else:
        asked = d.phrasing(
            *[
                "Count from {a} to {b}",
                "Count from {a} to {b}.",
                "Can you count from {a} to {b}?",
                "Count {a} to {b}",
                "List the numbers from {a} to {b}",
                "Please count from {a} to {b}",
                "And count from {a} to {b}",
                "Now count {a} to {b}",
                "Count from {a} up to {b}",
                "Now please count from {a} to {b}",
                "Please count up from {a} to {b}",
                "Could you count from {a} to {b}?",
                "Now list the numbers from {a} to {b}",
                "All numbers from {a} to {b}",
                "Start at {a} and count to {b}",
                "~Now count from {a} to {b}",
                "~Now please count from {a} up to {b}",
            ]
        )
    return Turn(asked.format(a=start, b=end), ", ".join(str(i) for i in range(start, end + 1)))


def compare(d: Dialogue) -> Turn:
    """The bigger or smaller of two."""
    while True:
        a, b = d.rng.sample(range(100), 2)
        if not d.held and d.rng.random() < 0.5:
            a = d.rng.randint(0, 9) if d.rng.random() < 0.5 else min(99, b + 1)
            a, b = (a, b) if d.rng.random() < 0.5 else (b, a)
        if a != b and held_out(f"{a}-{b}") == d.held:
            break
    if d.rng.random() < 0.6:
        asked = d.phrasing(
            "Which is bigger, {a} or {b}?",
            "Is {a} or {b} bigger?",
            "Which number is larger: {a} or {b}?",
            "Which one is bigger, {a} or {b}?",
            "Which is the larger one: {a} or {b}?",
            "What is bigger, {a} or {b}?",
            "Which is the bigger number, {a} or {b}?",
            "Tell me which is bigger, {a} or {b}.",
            "Which one is the bigger, {a} or {b}?",
            "Which is the bigger one of {a} and {b}?",
            "Which is the larger of {a} and {b}?",
            "Of {a} and {b}, which is bigger?",
            "And which one is larger, {a} or {b}?",
            "The bigger one: {a} or {b}?",
            "~Which is the bigger one, {a} or {b}?",
        )
        return Turn(asked.format(a=a, b=b), f"{max(a, b)} is bigger than {min(a, b)}.")
    asked = d.phrasing(
        "Which is smaller, {a} or {b}?",
        "Is {a} or {b} smaller?",
        "Which one is smaller, {a} or {b}?",
        "What is smaller, {a} or {b}?",
        "Which is the smaller number, {a} or {b}?",
        "Tell me which is smaller, {a} or {b}.",
        "Which one is the smaller, {a} or {b}?",
        "Which is the smaller one of {a} and {b}?",
        "Which is the smaller of {a} and {b}?",
        "Of {a} and {b}, which is smaller?",
        "And which one is smaller, {a} or {b}?",
        "The smaller one: {a} or {b}?",
        "~Which is the smaller one, {a} or {b}?",
    )
    return Turn(asked.format(a=a, b=b), f"{min(a, b)} is smaller than {max(a, b)}.")

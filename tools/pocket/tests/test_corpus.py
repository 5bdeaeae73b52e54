import re
from random import Random

import pytest

from pocket import store, strings
from pocket.cases import TESTS, cast_of
from pocket.chat import Reply
from pocket.dialogue import HELD, Dialogue, Turn, render, text_of
from pocket.evaluate import Writing, judge
from pocket.leakage import is_of_a_form, known_cases, leaks, phrasings, typed
from pocket.mixture import SHARES, conversation, name_model
from pocket.quality import is_whole_markdown, loops
from pocket.skills import copying, follow, numbers, recall, stories, talk
from pocket.skills.recall import Fact
from pocket.store import held_out, pairs
from pocket.texts import SHORT_ALREADY


def sample(count):
    rng = Random(7)
    return [conversation(rng) for _ in range(count)]


def test_the_same_seed_gives_the_same_conversations():
    assert [text_of(render(d)) for d in sample(20)] == [text_of(render(d)) for d in sample(20)]


def test_only_answers_are_learned_and_each_ends():
    for d in sample(50):
        for text, learned in render(d):
            assert learned == (text.startswith(" ") and text.endswith("<|end_of_turn|>"))


def test_answers_are_whole_markdown_without_loops_or_open_placeholders():
    for d in sample(400):
        for question, answer in d.turns:
            assert HELD + "Now" not in question
            assert not loops(answer), answer
            # What is copied may be any Markdown; what Pocket says itself may not.
            if not question.casefold().startswith(("repeat", "say", "write", "type", "echo")):
                assert is_whole_markdown(answer), answer


@pytest.mark.parametrize("skill", SHARES, ids=lambda skill: skill.__name__)
def test_every_placeholder_is_filled(skill):
    for seed in range(60):
        for held in (False, True):
            question, answer = skill(Dialogue(Random(seed), held=held))
            for placeholder in ("{v}", "{p}", "{k}", "{w}", "{e}", "{x}", "{of}", "{like}", "{l}"):
                assert placeholder not in question + answer


def test_no_test_is_in_the_corpus():
    assert leaks(conversations=3000, cases=40, seed=3, draws=300) == []


def test_a_leak_is_found():
    asked = {question for question in TESTS["capitals"].draw(Random("3 capitals")).questions}
    assert len(known_cases(asked, set(), cases=1, seed=3)) == 1
    answered = {TESTS[name].draw(Random(f"3 {name}")).reference for name in ("capitals", "lists")}
    assert known_cases(set(), answered, cases=1, seed=3) == [f"lists: {max(answered, key=len)}"]


def test_a_phrasing_leaks_whatever_its_opening_or_frame():
    assert "so what can you do" in typed("What can you do?")
    assert "would you spell {}" in typed("Spell {w}")
    heard = phrasings(True, draws=20)
    assert "Tell me, who are you?" in heard
    assert "Who are you?" not in heard


@pytest.mark.parametrize("name", TESTS)
def test_a_case_accepts_its_own_answer_only(name):
    case = TESTS[name].draw(Random(1))
    assert case.questions
    assert case.is_right(case.reference)
    assert not case.is_right("")
    assert not case.is_right("I don't know that." if not TESTS[name].refuses else "Bananas!")


@pytest.mark.parametrize("name", ["short story", "long story"])
def test_a_story_is_about_what_was_asked(name):
    cases = [TESTS[name].draw(Random(seed)) for seed in range(60)]
    about = [case for case in cases if " about " in case.questions[0]]
    assert about
    for case in about:
        animal, hero = cast_of(case.questions[0])
        assert not case.is_right(case.reference.replace(animal, "whale"))
        assert not hero or not case.is_right(case.reference.replace(hero, "Nemo"))


def test_another_joke_is_another():
    case = TESTS["another joke"].draw(Random(1))
    told = [[Reply(text, True), Reply(case.reference, True)] for text in ("Knock, knock.", case.reference)]
    assert [judge(TESTS["another joke"], [case], [replies], Writing()).right for replies in told] == [1, 0]


def test_sums_are_right_and_held_out_pairs_stay_out():
    for seed in range(200):
        for held in (False, True):
            a, b = numbers.pair(Dialogue(Random(seed), held=held), plus=True)
            assert 0 <= min(a, b) <= max(a, b) <= 100
            assert held_out(f"{a}+{b}") == held
    assert numbers.result(97, "+", 5) == "97 + 5 = 102"
    assert numbers.result(17, "−", 5) == "17 − 5 = 12"
    assert numbers.result(5, "−", 17) == "5 − 17 = −12"


def test_a_corrected_fact_counts():
    d = Dialogue(Random(2))
    recall.tell(d, Fact("name"))
    newest = recall.tell(d, Fact("name")).answer
    assert recall.recall(d, Fact("name")).answer.removeprefix("Your name is ")[:-1] in newest


def test_spelling_and_turning_round():
    d = Dialogue(Random(3), held=True)
    question, answer = copying.spell(d)
    assert answer.replace("-", "").lower() in question.lower()
    question, answer = copying.reverse(d)
    assert question.lower().endswith(", ".join(reversed(answer.split(", "))).lower())


def test_the_answer_before_takes_another_form():
    assert follow.shortened("Great! What would you like next?") == "Great!"
    assert follow.shortened("I'm here.") == "I'm here."
    five = "Here are five fruits:\n\n- apple\n- banana\n- cherry\n- orange\n- pear"
    assert follow.shortened(five) == "Here are two fruits:\n\n- apple\n- banana"
    d = Dialogue(Random(5), turns=[Turn("Reverse: fox, sun", "sun, fox")])
    assert follow.again_as_list(d).answer == "- sun\n- fox"
    assert follow.again_upper(d).answer == "SUN, FOX"
    forms = {form(Dialogue(Random(seed), turns=d.turns)).answer for seed, form in enumerate(follow.forms(d))}
    assert forms == {"SUN, FOX", "- sun\n- fox", SHORT_ALREADY}


def test_a_name_of_the_system_prompt_is_in_the_answers():
    d = Dialogue(Random(6))
    name_model(d)
    assert d.called in str(d.system)
    named = [d for d in sample(400) if d.called != "Pocket"]
    assert any(f"I'm {d.called}, a tiny" in turn.answer for d in named for turn in d.turns)
    assert not any("I'm Pocket" in turn.answer for d in named for turn in d.turns)


def test_no_held_out_name_is_spliced_together():
    d = Dialogue(Random(8))
    made = {strings.spliced(d, ["Ca", "Fox", "rl"]) for _ in range(2000)}
    assert "Cal" in made
    assert "Carl" not in made


def test_small_sets_of_numbers_have_two_to_five_different_ones():
    for seed in range(300):
        drawn = copying.few_and_small(Dialogue(Random(seed)))
        assert 2 <= len(set(drawn)) == len(drawn) <= 5


def test_there_are_150_capitals():
    assert len(pairs("capitals")) >= 150
    assert pairs("capitals")["France"] == "Paris"


@pytest.mark.parametrize(
    ("text", "is_loop"),
    [
        ("tick tock " * 4, True),
        ("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12", False),
        ("The fox walked along the river until the sun went down behind the hills. " * 3, True),
        ("\n\n".join(["The road was long and the night was dark.", "Something else."] * 3), True),
        ("\n\n".join(["The road was long and the night was dark.", "Something else."] * 2), False),
    ],
)
def test_loops(text, is_loop):
    assert loops(text) == is_loop


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", True),
        ("| a | b |\n| 1 | 2 |", False),
        ("| a | b |\n| --- | --- |\n| 1 |", False),
        ("~~gone", False),
        ("**bold** and `**`", True),
    ],
)
def test_whole_markdown(text, is_whole):
    assert is_whole_markdown(text) == is_whole


def test_what_is_declined_is_not_what_it_can_work_out():
    for seed in range(400):
        asked = numbers.beyond(Dialogue(Random(seed), math=True)).question
        found = re.match(r"(\d+) ?[+−-] ?(\d+) ?=?$", asked)
        if found:
            assert max(int(found[1]), int(found[2])) > 100


def test_jokes_and_poems_come_one_after_the_other():
    for skill, texts in ((talk.joke, store.lines("jokes")), (talk.poem, talk.POEMS)):
        d = Dialogue(Random(5))
        for _ in texts:
            d.turns.append(skill(d))
        assert {turn.answer for turn in d.turns} == {*texts}


def test_another_pet_was_not_told():
    found = set()
    for seed in range(200):
        d = Dialogue(Random(seed))
        recall.tell(d, Fact("pet", "dog"))
        found.add(recall.missing(d))
    assert None in found
    assert {fact.kind for fact in found if fact} == {"pet", "relative"}
    assert Fact("pet", "dog") not in found


def test_another_one_is_of_the_same_kind():
    d = Dialogue(Random(4))
    for skill in (talk.poem, stories.short_story):
        d.turns.append(skill(d))
        [another] = follow.forms(d)
        before, answer = d.turns[-1].answer, another(d).answer
        assert answer != before
        assert stories.is_short_story(answer) == stories.is_short_story(before)


def test_a_story_after_a_story_shares_nothing_with_it_but_its_end():
    d = Dialogue(Random(9), turns=[stories.short_story(Dialogue(Random(9)))])
    for _ in range(len(stories.STORY["short"])):
        d.turns.append(stories.another_story(d))
    for before, after in zip(d.turns, d.turns[1:], strict=False):
        assert before.answer.split()[:2] != after.answer.split()[:2]
        for kind in ("animals", "places", "things"):
            shared = [each for each in stories.STORY[kind] if each in before.answer and each in after.answer]
            assert shared == [], (before.answer, after.answer)


def test_two_facts_of_a_kind_are_told_and_both_spellings_are_one_fact():
    drawn = sample(600)
    assert sum(len([fact for fact in d.memory if fact.kind == "pet"]) > 1 for d in drawn) > 8
    assert not any(fact.of == "color" for d in drawn for fact in d.memory)
    texts = [turn.question for d in drawn for turn in d.turns]
    assert any("favorite color" in text for text in texts) and any("favourite colour" in text for text in texts)


def test_an_article_fits_its_noun():
    assert strings.with_articles("I have a uncle, a A and a dog.") == "I have an uncle, a A and a dog."
    drawn = [turn.answer for d in sample(600) for turn in d.turns if turn.answer.startswith(("You work", "## "))]
    assert drawn
    assert not any(re.search(r"\ba [aeiou]", answer) for answer in drawn)


def test_a_held_out_question_must_be_of_no_trained_form():
    assert is_of_a_form("What is a monad?")
    assert not is_of_a_form("Whither do swallows go?")

"""What Pocket says about itself. The app's tests rely on the first greeting."""

GREETING = "Hello! I'm Pocket, a tiny model that runs in your browser. How can I help you?"
DONT_KNOW = "I don't know that. I'm Pocket, a very small model. Choose a bigger one for that, or ask me what I can do."
WHO = (
    "I'm Pocket, a tiny language model that runs in your browser."
    " I know only a few things, but I work without a network."
)
ABILITIES = """I can do a few small things:

- remember your name and what you like
- repeat and spell words
- count and do small sums
- name capitals, opposites and animal sounds
- write lists, tables, code and formulas
- tell a story, a joke or a poem"""
TOO_BIG = "I can only add or subtract two whole numbers from 0 to 100."
SHORT_ALREADY = "That is as short as I can make it."

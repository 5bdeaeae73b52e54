"""Templates as a conversation is written in them, by web-llm's rules."""

import json

import pytest
from small_folder import TOKENIZER, write_folder

from modelc.commands import main
from modelc.templates import TEMPLATES, conversation
from modelc.tokenizer_file import parse_tokenizer

TOKENS = parse_tokenizer(json.dumps(TOKENIZER).encode())


def written(name, turns, system=""):
    """The prompt for the next answer, but for its ids: by the rules of web-llm's getPromptArrayInternal."""
    t = conversation(name, 1, [2], TOKENS)
    text = t["system_template"].replace("{system_message}", system) if system else ""
    is_inside = text != "" and not t["add_role_after_system_message"]
    for i, turn in enumerate(turns):
        role = t["roles"]["user" if i % 2 == 0 else "assistant"] + t["role_content_sep"]
        text += ("" if i == 0 and is_inside else role) + turn + t["seps"][i % len(t["seps"])]
    return text + t["roles"]["assistant"] + t["role_empty_sep"]


@pytest.mark.parametrize(
    ("name", "system", "wanted"),
    [
        ("mistral", "", "[INST] A [/INST] B</s>[INST] C [/INST]"),
        ("mistral", "Be kind.", "[INST] Be kind.\n\nA [/INST] B</s>[INST] C [/INST]"),
        (
            "llama3",
            "",
            "<|start_header_id|>user<|end_header_id|>\n\nA<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nB<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nC<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        (
            "llama3",
            "Be kind.",
            "<|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nA<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nB<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nC<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
    ],
)
def test_a_conversation(name, system, wanted):
    assert written(name, ["A", "B", "C"], system) == wanted
    assert conversation(name, 1, [2], TOKENS)["system_prefix_token_ids"] == [1]


@pytest.mark.parametrize(("name", "ends"), [("mistral", [2]), ("llama3", [2, 4]), ("chatml", [2, 3])])
def test_what_ends_an_answer(name, ends):
    assert conversation(name, 1, [2], TOKENS)["stop_token_ids"] == ends


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "plain"])
def test_an_end_token_that_the_tokenizer_lacks(name, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "tokenizer.json").write_text(json.dumps({**TOKENIZER, "added_tokens": []}))
    said = refused("convert", folder, "--template", name, "--output", tmp_path / "out")
    assert f"The template {name} ends turns with {TEMPLATES[name]['stop_str'][0]}, which is no token" in said
    assert not (tmp_path / "out").exists()


def test_a_template_that_begins_with_a_token_that_the_model_does_not_name(refused, tmp_path):
    folder, out = write_folder(tmp_path / "model", model_type="qwen2", bos_token_id=None), tmp_path / "out"
    assert "its files name none" in refused("convert", folder, "--template", "llama3", "--output", out)


def test_the_templates_go_through_convert(tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    for name in TEMPLATES:
        assert main(["convert", str(folder), "--template", name, "--output", str(out)]) == 0

"""Whether a tokenizer belongs to the model, and what it puts before a text."""

import json

import pytest
from small_folder import TOKENIZER, write_folder

from modelc.commands import main
from modelc.tokenizer_file import parse_tokenizer


def template_processing(token, index):
    single = [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "special_tokens": {token: {"id": token, "ids": [index], "tokens": [token]}},
    }


BOS_FIRST = template_processing("<s>", 1)
BYTE_LEVEL = {"type": "ByteLevel", "trim_offsets": True}


def converted(tmp_path, *options, tokenizer=None, words=None, **changes):
    """The conversation template of a folder whose tokenizer says these things."""
    folder = write_folder(tmp_path / "model", **changes)
    (folder / "tokenizer.json").write_text(json.dumps({**TOKENIZER, **(tokenizer or {})}))
    if words is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(words))
    assert main(["convert", str(folder), *options, "--output", str(tmp_path / "out")]) == 0
    return json.loads((tmp_path / "out/mlc-chat-config.json").read_text())["conv_template"]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ({}, None),
        ({"words": {"add_bos_token": True}}, [1]),
        ({"words": {"add_bos_token": False}}, None),
        ({"words": {}}, None),
        ({"tokenizer": {"post_processor": BOS_FIRST}}, [1]),
        ({"tokenizer": {"post_processor": BYTE_LEVEL}}, None),
        ({"tokenizer": {"post_processor": {"type": "Sequence", "processors": [BYTE_LEVEL, BOS_FIRST]}}}, [1]),
        ({"tokenizer": {"post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]}}}, [1]),
        ({"tokenizer": {"post_processor": template_processing("</s>", 2)}}, None),
    ],
)
def test_a_plain_text_begins_as_the_tokenizer_says(said, first, tmp_path):
    assert converted(tmp_path, **said).get("system_prefix_token_ids") == first


def test_other_templates_say_themselves_what_they_begin_with(tmp_path):
    template = converted(tmp_path, "--template", "chatml", words={"add_bos_token": True})
    assert "system_prefix_token_ids" not in template


def test_pieces_with_scores_are_tokens_too():
    tokenizer = parse_tokenizer(b'{"model": {"type": "Unigram", "vocab": [["<unk>", 0], ["a", -1.5]]}}')
    assert tokenizer.ids == {"<unk>": 0, "a": 1}


@pytest.mark.parametrize(
    ("part", "value"),
    [("added_tokens", [{"id": 320, "content": "<pad>"}]), ("model", {"vocab": {"a": 320}})],
)
def test_a_tokenizer_that_knows_more_than_the_model(part, value, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "tokenizer.json").write_text(json.dumps({**TOKENIZER, part: value}))
    said = refused("convert", folder, "--output", tmp_path / "out")
    assert "tokenizer.json knows 321 tokens, but the model 320" in said
    assert not (tmp_path / "out").exists()


def test_missing_tokenizer(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(b"")
    said = refused("convert", folder, "--output", tmp_path / "out")
    assert "no tokenizer.json" in said and "a tokenizer.model alone lacks its control tokens" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "holds list where a JSON object should be"),
        ('{"added_tokens": ["<s>"]}', "added_tokens are not understood"),
        ('{"added_tokens": []}', "model.vocab is no table of tokens"),
        ('{"model": {"vocab": [5]}}', "model.vocab is no table of tokens"),
        (
            '{"model": {"vocab": {}}, "post_processor": '
            '{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]}}',
            "its post_processor is not understood",
        ),
    ],
)
def test_wrong_tokenizer_is_found_before_anything_is_written(text, said, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "tokenizer.json").write_text(text)
    assert said in refused("convert", folder, "--output", tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""Conversation templates, in web-llm's form.

OpenChat's is that of the OpenChat 3.5 model card; ChatML that of OpenAI's description, as SmolLM2 and Qwen use it.
"""

from typing import Any

from .problem import Problem
from .tokenizer_file import TokenizerFile

Template = dict[str, Any]


def _template(name: str, user: str, assistant: str, **more: Any) -> Template:
    return {
        "name": name,
        "system_template": "{system_message}",
        "system_message": "",
        "add_role_after_system_message": True,
        "roles": {"user": user, "assistant": assistant, "tool": user},
        "role_templates": {
            "user": "{user_message}",
            "assistant": "{assistant_message}",
            "tool": "{tool_message}",
        },
        "messages": [],
        "seps": [""],
        "role_content_sep": "",
        "role_empty_sep": "",
        "stop_str": [],
        "stop_token_ids": [],
        "function_string": "",
        "use_function_calling": False,
        "render_empty_system_message": False,
        **more,
    }


def _openchat(name: str, kind: str) -> Template:
    return _template(
        name,
        f"{kind} User",
        f"{kind} Assistant",
        seps=["<|end_of_turn|>"],
        role_content_sep=": ",
        role_empty_sep=":",
        stop_str=["<|end_of_turn|>"],
        system_template=f"{kind} System: {{system_message}}<|end_of_turn|>",
        starts_with_bos=True,
    )


# `starts_with_bos` is ours: token ids are filled in from the model's own files.
TEMPLATES: dict[str, Template] = {
    "plain": _template("plain", "", ""),  # text as it comes
    "chatml": _template(
        "chatml",
        "<|im_start|>user",
        "<|im_start|>assistant",
        seps=["<|im_end|>\n"],
        role_content_sep="\n",
        role_empty_sep="\n",
        stop_str=["<|im_end|>"],
        system_template="<|im_start|>system\n{system_message}<|im_end|>\n",
    ),
    "llama3": _template(
        "llama3",
        "<|start_header_id|>user",
        "<|start_header_id|>assistant",
        seps=["<|eot_id|>"],
        role_content_sep="<|end_header_id|>\n\n",
        role_empty_sep="<|end_header_id|>\n\n",
        stop_str=["<|eot_id|>"],
        system_template="<|start_header_id|>system<|end_header_id|>\n\n{system_message}<|eot_id|>",
        starts_with_bos=True,
    ),
    "mistral": _template(
        "mistral",
        "[INST]",
        "[/INST]",
        seps=[" ", "</s>"],
        role_content_sep=" ",
        role_empty_sep="",
        stop_str=["</s>"],
        system_template="[INST] {system_message}\n\n",  # its first question goes on inside
        add_role_after_system_message=False,
        starts_with_bos=True,
    ),
    "openchat": _openchat("openchat", "GPT4 Correct"),
    "openchat-math": _openchat("openchat-math", "Math Correct"),
}


def conversation(
    name: str, bos: int | None, eos: list[int], tokenizer: TokenizerFile, adds_bos: bool = False
) -> Template:
    """The template with token ids. `adds_bos`: the model begins texts without a template with that token."""
    if name not in TEMPLATES:
        raise Problem(f"There is no template {name!r}, only {', '.join(TEMPLATES)}.")
    template = dict(TEMPLATES[name])
    for text in template["stop_str"]:
        if text not in tokenizer.added:
            raise Problem(f"The template {name} ends turns with {text}, which is no token of tokenizer.json.")
    template["stop_token_ids"] = sorted({*eos, *(tokenizer.added[text] for text in template["stop_str"])})
    starts_with_bos = template.pop("starts_with_bos", False)
    if starts_with_bos and bos is None:
        raise Problem(f"The template {name} begins with the model's bos_token_id, but its files name none.")
    if bos is not None and (starts_with_bos or (name == "plain" and adds_bos)):
        template["system_prefix_token_ids"] = [bos]
    return template

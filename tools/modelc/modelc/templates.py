"""Conversation templates, in web-llm's form.

OpenChat's is that of the OpenChat 3.5 model card; ChatML that of OpenAI's description, as SmolLM2 and Qwen use it.
"""

from typing import Any

from .problem import Problem

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
        starts_with_bos=True,
    ),
    "openchat": _openchat("openchat", "GPT4 Correct"),
    "openchat-math": _openchat("openchat-math", "Math Correct"),
}


def conversation(name: str, bos: int, eos: list[int], tokenizer: dict[str, Any]) -> Template:
    """The template with token ids. `tokenizer`: contents of tokenizer.json, or {}."""
    if name not in TEMPLATES:
        raise Problem(f"There is no template {name!r}, only {', '.join(TEMPLATES)}.")
    template = dict(TEMPLATES[name])
    try:
        ids = {token["content"]: token["id"] for token in tokenizer.get("added_tokens", [])}
    except (KeyError, TypeError):
        raise Problem("tokenizer.json: its added_tokens are not understood.") from None
    stops = [ids[text] for text in template["stop_str"] if text in ids]
    template["stop_token_ids"] = sorted({*eos, *stops})
    if template.pop("starts_with_bos", False):
        template["system_prefix_token_ids"] = [bos]
    return template

"""What OpenAI's own Python client makes of an address: `python openai_client.py URL` prints one JSON object."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
messages = [{"role": "user", "content": "What is the capital of France?"}]
ask = {"model": "openchat_3.5", "messages": messages, "temperature": 0}

whole = client.chat.completions.create(**ask)

pieces = []
for chunk in client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}):
    if chunk.choices:
        pieces.append(chunk.choices[0].delta.content or "")
    usage = chunk.usage

try:
    client.chat.completions.create(**{**ask, "model": "gpt-4"})
    refused = None
except openai.NotFoundError as error:
    refused = error.code

print(
    json.dumps(
        {
            "models": [model.id for model in client.models.list()],
            "whole": whole.choices[0].message.content,
            "usage": whole.usage.total_tokens if whole.usage else None,
            "streamed": "".join(pieces),
            "streamedUsage": usage.total_tokens if usage else None,
            "refused": refused,
        }
    )
)

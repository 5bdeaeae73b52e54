PAGE = 16  # positions in a page of the KV cache; web-llm asks for this size

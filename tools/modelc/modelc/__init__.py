"""modelc: compiles a Llama-like language model into a WebGPU library for @mlc-ai/web-llm.

What runs without TVM (so with a plain Python and NumPy): `inspect`, `verify`, `convert`.
The modules that build kernels import TVM at their top; nothing else does.
"""

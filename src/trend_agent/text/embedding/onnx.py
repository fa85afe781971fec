"""A sentence encoder in ONNX form, run by onnxruntime in this process: the extra `semantic`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trend_agent.errors import Misconfigured, Unavailable
from trend_agent.text.embedding import Dense, Text, unit

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

MODELS = ("model.onnx", "onnx/model.onnx", "model_int8.onnx")
"""Where in a folder a model is looked for, the first wins."""

BATCH = 32
"""Texts of about the same length that are run at once; more gained nothing on short titles."""

MEND = "pip install 'trend-agent[semantic]'"


class OnnxEncoder:
    """Vectors by mean pooling over the tokens of a text, of which the first `tokens` are read.

    `model` is a folder with an ONNX model and its `tokenizer.json`, an `.onnx` file beside one, or a name on the
    Hugging Face hub. `threads` are those within one run. Misconfigured where there is no usable model.
    """

    def __init__(self, model: str, *, tokens: int = 128, threads: int = 1) -> None:
        file, words = located(model)
        self._session = session(file, threads)
        self._tokenizer = tokenizer(words, tokens)
        self._inputs = {asked.name for asked in self._session.get_inputs()}
        self._output = self._session.get_outputs()[0].name
        self.name = f"onnx:{fingerprint(file)}:{tokens}"

    async def embed(self, texts: Sequence[Text]) -> Sequence[Dense]:
        return await asyncio.to_thread(self.encode, [text.text for text in texts])

    def encode(self, texts: Sequence[str]) -> Sequence[Dense]:
        """The vectors of texts; those of like length run together, so that little is padded."""
        read = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(read)), key=lambda at: len(read[at].ids))
        found: dict[int, Dense] = {}
        for part in sliced(order):
            found.update(zip(part, self._run([read[at] for at in part]), strict=True))
        return [found[at] for at in range(len(read))]

    def _run(self, read: Sequence[tokenizers.Encoding]) -> Dense:
        longest = max(len(one.ids) for one in read)
        asked = {
            "input_ids": padded([one.ids for one in read], longest),
            "attention_mask": padded([one.attention_mask for one in read], longest),
            "token_type_ids": padded([one.type_ids for one in read], longest),
        }
        given = {name: values for name, values in asked.items() if name in self._inputs}
        (made,) = self._session.run([self._output], given)
        return unit(pooled(made, asked["attention_mask"]))


def pooled(made: Any, mask: Any) -> Dense:
    """The mean over a text's tokens; a model that pools by itself is left alone."""
    if made.ndim == 2:
        return np.asarray(made, np.float32)
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((made * weights).sum(1) / np.maximum(weights.sum(1), 1), np.float32)


def padded(rows: Sequence[Sequence[int]], longest: int) -> Any:
    filled = np.zeros((len(rows), longest), np.int64)
    for row, values in zip(filled, rows, strict=True):
        row[: len(values)] = values
    return filled


def sliced(order: Sequence[int]) -> Iterator[Sequence[int]]:
    yield from (order[start : start + BATCH] for start in range(0, len(order), BATCH))


def located(model: str) -> tuple[Path, Path]:
    """The model's file and its tokenizer's, in a folder or from the hub."""
    place = Path(model).expanduser()
    if not place.exists():
        place = downloaded(model)
    files = [place] if place.is_file() else [place / name for name in MODELS]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise Misconfigured(f"no model in {str(place)!r}; expected {' or '.join(MODELS)}")
    words = [folder / "tokenizer.json" for folder in (file.parent, file.parent.parent)]
    found = next((path for path in words if path.is_file()), None)
    if found is None:
        raise Misconfigured(f"no 'tokenizer.json' beside the model {str(file)!r}")
    return file, found


def downloaded(name: str) -> Path:
    """The hub's files of a model, from the hub's own cache where they are there."""
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise Misconfigured(
            f"there is no folder {name!r}; expected one, or a name like 'owner/model' on the hub"
        )
    try:
        import huggingface_hub
    except ModuleNotFoundError:
        raise Misconfigured(f"the model {name!r} is to come from the hub: {MEND}") from None
    wanted = ["tokenizer.json", *MODELS]
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=wanted))
    except (OSError, ValueError, RuntimeError) as fault:
        said = " ".join(str(fault).split())[:200]
        raise Unavailable(
            f"cannot have the model {name!r} from the hub ({said}); a folder works offline"
        ) from fault


def session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as faults
    except ModuleNotFoundError:
        raise Misconfigured(f"a sentence encoder needs onnxruntime: {MEND}") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except (faults.Fail, faults.InvalidProtobuf, faults.InvalidGraph, faults.NotImplemented) as fault:
        raise Misconfigured(
            f"{str(file)!r} is no model that onnxruntime can run ({str(fault)[:200]})"
        ) from fault


def tokenizer(file: Path, tokens: int) -> tokenizers.Tokenizer:
    try:
        import tokenizers
    except ModuleNotFoundError:
        raise Misconfigured(f"a sentence encoder needs tokenizers: {MEND}") from None
    made = tokenizers.Tokenizer.from_file(str(file))
    made.no_padding()
    made.enable_truncation(tokens)
    return made


def fingerprint(file: Path) -> str:
    """A short hash of the model's weights."""
    with file.open("rb") as stream:
        kept = blake2b(digest_size=6)
        while part := stream.read(1 << 20):
            kept.update(part)
    return kept.hexdigest()

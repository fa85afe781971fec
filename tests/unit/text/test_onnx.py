"""The sentence encoder in this process."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from trend_agent.errors import Misconfigured
from trend_agent.text.embedding.onnx import OnnxEncoder, pooled

TINY = Path(__file__).parent / "tiny_encoder"


def test_padding_does_not_count_in_the_mean() -> None:
    made = np.array([[[2.0, 0.0], [4.0, 0.0], [900.0, 900.0]]], np.float32)
    assert pooled(made, np.array([[1, 1, 0]])).tolist() == [[3.0, 0.0]]


def test_a_model_that_pools_by_itself_is_left_alone() -> None:
    made = np.array([[1.0, 2.0]], np.float32)
    assert pooled(made, np.array([[1, 1, 1]])).tolist() == [[1.0, 2.0]]


def test_a_vector_does_not_depend_on_what_runs_with_it() -> None:
    encoder = OnnxEncoder(str(TINY))
    (alone,) = encoder.encode(["quake"])
    crowd = encoder.encode(["bank fails " * 30, "quake", *["rates"] * 70])
    assert np.allclose(alone, crowd[1])


def test_words_beyond_the_limit_are_not_read() -> None:
    encoder = OnnxEncoder(str(TINY), tokens=2)
    two, three = encoder.encode(["quake japan", "quake japan bank"])
    assert np.allclose(two, three)


def test_another_model_has_another_name(tmp_path) -> None:
    shutil.copytree(TINY, tmp_path / "onnx")
    table = bytearray((TINY / "model.onnx").read_bytes())
    table[table.rindex(b"table") + 40] ^= 1
    (tmp_path / "onnx" / "model.onnx").write_bytes(table)
    shutil.move(tmp_path / "onnx" / "tokenizer.json", tmp_path / "tokenizer.json")
    assert OnnxEncoder(str(tmp_path)).name != OnnxEncoder(str(TINY)).name
    assert OnnxEncoder(str(TINY / "model.onnx")).name == OnnxEncoder(str(TINY)).name


def test_a_folder_without_a_model_is_named(tmp_path) -> None:
    with pytest.raises(Misconfigured, match=f"no model in {str(tmp_path)!r}"):
        OnnxEncoder(str(tmp_path))


def test_a_model_without_a_tokenizer_is_named(tmp_path) -> None:
    shutil.copy(TINY / "model.onnx", tmp_path)
    with pytest.raises(Misconfigured, match=r"no 'tokenizer\.json'"):
        OnnxEncoder(str(tmp_path))


def test_what_is_no_model_is_named(tmp_path) -> None:
    shutil.copy(TINY / "tokenizer.json", tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"dear reader")
    with pytest.raises(Misconfigured, match="no model that onnxruntime can run"):
        OnnxEncoder(str(tmp_path))


@pytest.mark.parametrize("name", ["minilm", "./nowhere", "/no/such/folder", "a/b/c"])
def test_a_folder_that_is_not_there_is_not_asked_of_the_hub(name: str) -> None:
    with pytest.raises(Misconfigured, match="there is no folder"):
        OnnxEncoder(name)

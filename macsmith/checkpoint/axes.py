"""Which axis of a matrix of weights is the outputs: evidence, never a guess.

A square matrix looks alike both ways, so a file's shapes say nothing of it; what says something is
the bias beside a matrix, the sizes of the model's configuration, and the class that it names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hw.errors import RequestError
from macsmith.checkpoint.layer import Axes

__all__ = ["axes_of", "check_sizes"]

#: Models of transformers whose matrices are those of its Conv1D, inputs first, and their names.
_CONV1D_MODELS = ("gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp")
_CONV1D = re.compile(r"\b(c_attn|c_proj|c_fc|q_attn)\.weight$")
#: Outputs and inputs of the layers of a decoder block, by sizes of the configuration.
_SIZES = {
    "q_proj": ("heads", "hidden"),
    "k_proj": ("kv_heads", "hidden"),
    "v_proj": ("kv_heads", "hidden"),
    "o_proj": ("hidden", "heads"),
    "gate_proj": ("intermediate", "hidden"),
    "up_proj": ("intermediate", "hidden"),
    "down_proj": ("hidden", "intermediate"),
    "attention.self.query": ("hidden", "hidden"),
    "attention.self.key": ("hidden", "hidden"),
    "attention.self.value": ("hidden", "hidden"),
    "attention.output.dense": ("hidden", "hidden"),
    "intermediate.dense": ("intermediate", "hidden"),
    "output.dense": ("hidden", "intermediate"),
}


def axes_of(
    place: str,
    name: str,
    shape: tuple[int, int],
    bias: int | None,
    config: Mapping[str, Any],
    framework: str,
) -> tuple[Axes | None, str]:
    """What the axes of a matrix of real weights are, and why; None if nothing says so.

    Args:
        place: file and tensor, for the sentence.
        name: of the tensor.
        shape: rows and columns.
        bias: the length of the bias beside it; None without one.
        config: the model's configuration; empty without one.
        framework: what the file says that it was saved from: ``pt``.

    Raises:
        RequestError: what is known contradicts itself.
    """
    evidence: list[tuple[Axes, str]] = []
    rows, columns = shape
    if bias is not None:
        if bias not in shape:
            raise RequestError(
                f"{place} has shape {shape}, and the bias beside it {bias} elements: neither axis"
                " is its outputs"
            )
        if rows != columns:
            axes = Axes.OUT_IN if bias == rows else Axes.IN_OUT
            evidence.append((axes, f"the bias beside it has {bias} elements"))
    wanted = _sizes(name, config)
    if wanted is not None and rows != columns:
        if shape not in (wanted, wanted[::-1]):
            raise RequestError(
                f"{place} has shape {shape}, where config.json says {wanted[0]} outputs and"
                f" {wanted[1]} inputs"
            )
        axes = Axes.OUT_IN if shape == wanted else Axes.IN_OUT
        evidence.append((axes, "config.json has these sizes"))
    model = config.get("model_type")
    if isinstance(model, str) and framework == "pt":
        conv1d = model in _CONV1D_MODELS and bool(_CONV1D.search(name))
        axes = Axes.IN_OUT if conv1d else Axes.OUT_IN
        kind = "Conv1D" if conv1d else "Linear"
        evidence.append((axes, f"config.json: model_type {model}, a torch {kind}"))
    if len({axes for axes, _ in evidence}) > 1:
        reasons = "; ".join(f"{axes}: {reason}" for axes, reason in evidence)
        raise RequestError(f"{place} has shape {shape}, and its axes contradict: {reasons}")
    return evidence[0] if evidence else (None, "")


def check_sizes(place: str, name: str, shape: tuple[int, int], config: Mapping[str, Any]) -> None:
    """See that a layer, outputs first, has the sizes that the model's configuration says.

    Raises:
        RequestError: it has not.
    """
    wanted = _sizes(name, config)
    if wanted is not None and shape != wanted:
        turned = ": its axes are the other way round" if shape == wanted[::-1] else ""
        raise RequestError(
            f"{place} has {shape[0]} outputs and {shape[1]} inputs, where config.json says"
            f" {wanted[0]} and {wanted[1]}{turned}"
        )


def _sizes(name: str, config: Mapping[str, Any]) -> tuple[int, int] | None:
    """Outputs and inputs that the configuration says of a layer; None if it does not."""
    stem = name.removesuffix(".weight")
    suffixes = [key for key in _SIZES if stem.endswith(f".{key}") or stem == key]
    if not suffixes:
        return None
    hidden, heads = config.get("hidden_size"), config.get("num_attention_heads")
    sizes = {"hidden": hidden, "intermediate": config.get("intermediate_size")}
    if isinstance(hidden, int) and isinstance(heads, int) and heads > 0:
        head = config.get("head_dim") or hidden // heads
        key_heads = config.get("num_key_value_heads") or heads
        if isinstance(head, int) and isinstance(key_heads, int):
            sizes |= {"heads": head * heads, "kv_heads": head * key_heads}
    outputs, inputs = (sizes.get(key) for key in _SIZES[max(suffixes, key=len)])
    if not isinstance(outputs, int) or not isinstance(inputs, int):
        return None
    return outputs, inputs

"""A sentence encoder (BERT, mean of the tokens) in numpy, its matrix products made by a hook.

The model is all-MiniLM-L6-v2 (N. Reimers, I. Gurevych, "Sentence-BERT", EMNLP 2019; W. Wang et al.,
"MiniLM", NeurIPS 2020). Sums of vectors, layer norms, softmax and GELU are float32, as they are
outside of a matrix unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from sim.arithmetics import Matrix
from sim.reading import check_file, read_json

__all__ = ["Encoder", "Product", "read_encoder"]

#: Products of matrices, shapes (batch, rows, terms) and (batch, terms, columns).
Product = Callable[[Matrix, Matrix], Matrix]

_MOST_TOKENS = 256  # of a sentence, as the model was trained


@dataclass(frozen=True)
class Encoder:
    """An encoder.

    Attributes:
        tensors: by the names that Hugging Face's BertModel has; weights have outputs first.
        layers: of attention and feed-forward.
        heads: of attention.
        epsilon: of layer norms.
        tokens: tokens of a sentence, with those that it begins and ends with.
    """

    tensors: dict[str, Matrix]
    layers: int
    heads: int
    epsilon: float
    tokens: Callable[[str], list[int]]

    @property
    def width(self) -> int:
        """Entries of an embedding."""
        return self.tensors["embeddings.word_embeddings.weight"].shape[1]

    def products(self, sentences: Sequence[str]) -> int:
        """How often `embed` calls the hook."""
        return self.layers * (6 + 2 * len(self._batches(sentences)))

    def embed(self, sentences: Sequence[str], product: Product) -> Matrix:
        """Embeddings, of length 1 each.

        All tokens of all sentences go through a linear layer at once; the attention of sentences of
        one length does.

        Args:
            sentences: texts.
            product: computes every matrix product: of linear layers and of attention.

        Returns:
            Shape (sentences, width).
        """
        batches = self._batches(sentences)
        order = [place for batch in batches.values() for place in batch]
        tokens = [self.tokens(sentences[place]) for place in order]
        ends = np.cumsum([length * len(batch) for length, batch in batches.items()])
        shapes = [(len(batch), length) for length, batch in batches.items()]
        state = self._embedded(tokens)
        for layer in range(self.layers):
            state = self._layer(f"encoder.layer.{layer}", state, ends, shapes, product)
        means = [
            part.reshape(*shape, -1).mean(axis=1)
            for part, shape in zip(np.split(state, ends[:-1]), shapes, strict=True)
        ]
        embeddings = np.empty((len(sentences), self.width), np.float32)
        embeddings[order] = np.concatenate(means)
        return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)

    def _batches(self, sentences: Sequence[str]) -> dict[int, list[int]]:
        """Places of the sentences of each length."""
        batches: dict[int, list[int]] = {}
        for place, sentence in enumerate(sentences):
            batches.setdefault(len(self.tokens(sentence)), []).append(place)
        return dict(sorted(batches.items()))

    def _embedded(self, tokens: Sequence[Sequence[int]]) -> Matrix:
        """What goes into the first layer, shape (tokens, width)."""
        place = "embeddings"
        positions = np.concatenate([np.arange(len(sentence)) for sentence in tokens])
        words = self.tensors[f"{place}.word_embeddings.weight"][np.concatenate(tokens)]
        words = words + self.tensors[f"{place}.position_embeddings.weight"][positions]
        words = words + self.tensors[f"{place}.token_type_embeddings.weight"][0]
        return self._norm(f"{place}.LayerNorm", words)

    def _layer(
        self,
        place: str,
        state: Matrix,
        ends: NDArray[np.integer],
        shapes: Sequence[tuple[int, int]],
        product: Product,
    ) -> Matrix:
        """Attention and feed-forward, each added to what came in."""
        queries, keys, values = (
            np.split(self._linear(f"{place}.attention.self.{name}", state, product), ends[:-1])
            for name in ("query", "key", "value")
        )
        mixed = [
            self._attention(query, key, value, shape, product)
            for query, key, value, shape in zip(queries, keys, values, shapes, strict=True)
        ]
        seen = self._linear(f"{place}.attention.output.dense", np.concatenate(mixed), product)
        state = self._norm(f"{place}.attention.output.LayerNorm", state + seen)
        inner = _gelu(self._linear(f"{place}.intermediate.dense", state, product))
        outer = self._linear(f"{place}.output.dense", inner, product)
        return self._norm(f"{place}.output.LayerNorm", state + outer)

    def _linear(self, place: str, x: Matrix, product: Product) -> Matrix:
        weights = np.ascontiguousarray(self.tensors[f"{place}.weight"].T)
        return product(x[None], weights[None])[0] + self.tensors[f"{place}.bias"]

    def _attention(
        self, query: Matrix, key: Matrix, value: Matrix, shape: tuple[int, int], product: Product
    ) -> Matrix:
        """Of sentences of one length, shape (sentences, length): heads side by side."""
        sentences, length = shape
        head = self.width // self.heads

        def split(x: Matrix) -> Matrix:
            parts = x.reshape(sentences, length, self.heads, head).swapaxes(1, 2)
            return np.ascontiguousarray(parts.reshape(-1, length, head))

        scores = product(split(query), np.ascontiguousarray(split(key).swapaxes(1, 2)))
        mixed = product(_softmax(scores / np.float32(np.sqrt(head))), split(value))
        heads = mixed.reshape(sentences, self.heads, length, head).swapaxes(1, 2)
        return heads.reshape(-1, self.width)

    def _norm(self, place: str, x: Matrix) -> Matrix:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + np.float32(self.epsilon))
        return scaled * self.tensors[f"{place}.weight"] + self.tensors[f"{place}.bias"]


def _softmax(x: Matrix) -> Matrix:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _gelu(x: Matrix) -> Matrix:
    from scipy.special import erf

    return x * np.float32(0.5) * (1 + erf(x * np.float32(np.sqrt(0.5))))


def read_encoder(folder: Path) -> Encoder:
    """Read a sentence encoder as sentence-transformers keeps it.

    Args:
        folder: has ``config.json``, ``model.safetensors`` and ``tokenizer.json``.

    Raises:
        RequestError: a file is missing, or is another kind of model's.
        ModuleNotFoundError: the packages of the extra ``models`` are not installed.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    config: dict[str, Any] = read_json(folder / "config.json", "model")
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise RequestError(f"{folder} holds no encoder of the type bert with gelu")
    for name in ("model.safetensors", "tokenizer.json"):
        check_file(folder / name, "model")
    try:
        tensors = load_file(folder / "model.safetensors")
    except SafetensorError as error:
        raise RequestError(f"{folder / 'model.safetensors'} cannot be read: {error}") from error
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MOST_TOKENS)
    return Encoder(
        tensors={name: tensor for name, tensor in tensors.items() if tensor.dtype == np.float32},
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
        tokens=lambda sentence: tokenizer.encode(sentence).ids,
    )

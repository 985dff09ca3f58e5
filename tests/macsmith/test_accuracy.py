"""`macsmith accuracy`: models whose matrix products are made by an arithmetic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from macsmith.accuracy import tasks
from macsmith.accuracy.encoder import Encoder, read_encoder
from macsmith.accuracy.names import arithmetic_of
from macsmith.accuracy.tasks import Sentences, find_model
from sim.arithmetics import Single
from tests.macsmith.program import Program

_TOY = """unit = "fma"
[parameters]
a = "bf16"
accumulator = "raw24"
normalization = "an-1-2"
"""


def _results(macsmith: Program, *arguments: object) -> dict[str, tuple[float, float]]:
    ended = macsmith("accuracy", *arguments, "--json")
    assert (ended.status, ended.err) == (0, "")
    answer = json.loads(ended.out)
    assert answer["arithmetic"] == str(arguments[0])
    return {row["metric"]: (row["reference"], row["value"]) for row in answer["results"]}


def test_digits(macsmith: Program) -> None:
    """The network is right about 351 of 360 images; sums of 24 bits lose nothing of it."""
    for name in ("fp32", "bf16:raw24:carry_only", "fp16"):
        rows = _results(macsmith, name, "--task", "digits")
        assert rows == {"accuracy": (0.975, 0.975), "agreement": (1.0, 1.0)}
    rows = _results(macsmith, "int2", "--task", "digits")
    assert rows["accuracy"][1] < 0.97


def test_a_design_file(macsmith: Program, tmp_path: Path) -> None:
    """A fused unit's design is the arithmetic of its columns."""
    path = tmp_path / "narrow.toml"
    path.write_text(_TOY, encoding="utf-8")
    rows = _results(macsmith, path, "--task", "digits")
    assert rows["agreement"] == (1.0, 1.0)
    rows = _results(macsmith, path, "--task", "digits", "--set", "accumulator=raw6")
    assert rows["agreement"][1] < 1
    ended = macsmith("accuracy", path, "--task", "digits", "--set", "workload.terms=60")
    assert (ended.status, ended.out) == (2, "")
    assert "a column of 64 units is longer than the sums of 60 terms" in ended.err


def test_a_committed_design(macsmith: Program) -> None:
    rows = _results(macsmith, "pe-bf16-an-1-2", "--task", "digits")
    assert rows["accuracy"] == (0.975, 0.975)


def test_lines_for_a_person(macsmith: Program) -> None:
    ended = macsmith("accuracy", "fp8_e4m3:raw14:an-1-1:jam", "--task", "digits")
    assert ended.status == 0
    assert "summed one after the other in raw14 (an-1-1, jam)\n" in ended.out
    assert "4,043,520 multiplications in 3 matrix products, " in ended.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nvfp5"], "'nvfp5' is no arithmetic, no format and no design; did you mean 'nvfp4'?"),
        (["int99"], "'int99' is no arithmetic: "),
        (["bf16:raw3"], "'bf16:raw3' is no arithmetic: accumulator = 'raw3' is not allowed"),
        (["bf16:raw16:jam:jam"], "it says cut twice"),
        (["bf16:raw16:an-9-9"], "it looks at 18 leading bits"),
        (["bf16", "--set", "accumulator=raw9"], "--set accumulator=raw9 is for designs"),
        (["lmul"], "lmul takes the format of operands, and that of sums"),
        (["lmul:e4m0"], "e4m0 has no fraction"),
        (["lns:8"], "lns takes BITS.FRACTION[:TABLE]"),
        (["lns:8.9"], "FRACTION = 9 is not allowed: it must be a whole number from 0 to 6"),
        (["digits"], "digits is a design of the unit ternary_lut, whose sums are of integers"),
        (["bf16", "--task", "digits", "--pairs", "20"], "--pairs 20 is of the task sentences"),
    ],
)
def test_wrong_requests(macsmith: Program, arguments: list[str], sentence: str) -> None:
    ended = macsmith("accuracy", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1


def test_sums_that_are_no_numbers(macsmith: Program) -> None:
    ended = macsmith("accuracy", "bf16:e3m4", "--task", "digits")
    assert (ended.status, ended.out) == (1, "")
    assert "a sum of the model is no number any more" in ended.err


def test_without_the_model(macsmith: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "find_model", lambda: None)
    ended = macsmith("accuracy", "bf16", "--task", "sentences")
    assert (ended.status, ended.out) == (2, "")
    assert "make models takes it" in ended.err


def _small() -> Encoder:
    """An encoder of random weights, whose tokens are letters."""
    rng = np.random.default_rng(0)
    width, inner = 8, 12

    def matrix(*shape: int) -> NDArray[np.float32]:
        return rng.standard_normal(shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": matrix(128, width),
        "embeddings.position_embeddings.weight": matrix(40, width),
        "embeddings.token_type_embeddings.weight": matrix(2, width),
    }
    sizes = {
        "attention.self.query": (width, width),
        "attention.self.key": (width, width),
        "attention.self.value": (width, width),
        "attention.output.dense": (width, width),
        "intermediate.dense": (inner, width),
        "output.dense": (width, inner),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        place = f"encoder.layer.{layer}"
        for name, shape in sizes.items():
            tensors[f"{place}.{name}.weight"] = matrix(*shape)
            tensors[f"{place}.{name}.bias"] = matrix(shape[0])
        norms += [f"{place}.attention.output.LayerNorm", f"{place}.output.LayerNorm"]
    for name in norms:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = matrix(width), matrix(width)
    return Encoder(tensors, layers=2, heads=2, epsilon=1e-12, tokens=lambda text: [*map(ord, text)])


def test_sentences_do_not_see_each_other() -> None:
    """Sentences of many lengths at once give what each gives alone; the hook is called as told."""
    encoder, texts = _small(), ["abc", "b", "abcd", "cba", "zzzzzz", "ab"]
    calls = []

    def product(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        calls.append((x.shape, y.shape))
        return x @ y

    together = encoder.embed(texts, product)
    assert len(calls) == encoder.products(texts) == 2 * (6 + 2 * 5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-6)
    alone = np.concatenate([encoder.embed([text], product) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert np.abs(together[0] - together[3]).max() > 1e-3  # the order of words matters
    # all sums of products go through the hook: linear layers and attention
    multiplications = sum(x[0] * x[1] * x[2] * y[2] for x, y in calls[: encoder.products(texts)])
    tokens = [len(text) for text in texts]
    linear = 2 * sum(tokens) * (4 * 8 * 8 + 2 * 8 * 12)
    assert multiplications == linear + 2 * 2 * 8 * sum(length**2 for length in tokens)


def test_metrics_of_sentences() -> None:
    """Embeddings turned together are the same to the grades; noise is not."""
    task = Sentences(_small(), pairs=20)
    rng = np.random.default_rng(1)
    reference = rng.standard_normal((40, 8)).astype(np.float32)
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)
    same = task.metrics(reference, reference)
    assert same["spearman"][0] == same["spearman"][1]
    assert same["relative_l2"] == (0, 0)
    assert same["top1_agreement"] == same["spearman_with_reference"] == (1, 1)
    assert same["cosine_least"][1] == pytest.approx(1)
    turned = task.metrics(reference, -reference)
    assert turned["spearman"][0] == pytest.approx(turned["spearman"][1])
    assert turned["cosine_mean"][1] == pytest.approx(-1)
    assert turned["relative_l2"][1] == pytest.approx(2)


def test_pairs_are_graded() -> None:
    pairs = tasks.all_pairs()
    assert len(pairs) >= 200
    grades = [int(pair["grade"]) for pair in pairs]
    assert {grade: grades.count(grade) for grade in range(6)} == dict.fromkeys(range(6), 34)
    texts = [pair[place] for pair in pairs for place in ("first", "second")]
    assert len(set(texts)) == len(texts)


def _model() -> Path:
    folder = find_model()
    if folder is None:
        pytest.skip("the model is not here: make models")
    return folder


@pytest.mark.long
def test_minilm_is_the_published_model() -> None:
    """The first numbers of this sentence's embedding are printed in many places."""
    encoder = read_encoder(_model())
    (embedding,) = encoder.embed(["This is an example sentence"], Single().product)
    published = [0.0676569, 0.0634959, 0.0487131, 0.0793050, 0.0374480]
    np.testing.assert_allclose(embedding[:5], published, atol=1e-6)


@pytest.mark.long
def test_minilm_grades_sentences() -> None:
    _model()
    task = Sentences.load(pairs=24)
    reference = task.run(Single().product)
    results: dict[str, Any] = {}
    for name in ("bf16", "bf16:raw16:an-1-2", "fp8_e5m2", "int2"):
        results[name] = task.metrics(reference, task.run(arithmetic_of(name).product))
    assert results["bf16"]["spearman"][0] > 0.8
    errors = [rows["relative_l2"][1] for rows in results.values()]
    assert 0 < errors[0] < errors[2] < errors[3]
    assert errors[1] == pytest.approx(errors[0], rel=0.2)


def test_a_model_of_another_type(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}', encoding="utf-8")
    with pytest.raises(RequestError, match="holds no encoder of the type bert with gelu"):
        read_encoder(tmp_path)
    with pytest.raises(RequestError, match=r"the model file .*config.json is not there"):
        read_encoder(tmp_path / "none")

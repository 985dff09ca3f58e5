"""The system command: a model and lists on accelerators, with a core's figures put in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import macsmith.system
from costmodel.model.model import FIGURES
from costmodel.system.gemm import Gemm
from costmodel.ternary.cores import load_cores
from costmodel.ternary.schedule import cycles, streams
from macsmith.design import committed_designs, load_design
from macsmith.estimation import figures
from macsmith.system import CoreFigures, core_columns, estimated, measured
from macsmith.ternary.core import ternary_core
from tests.macsmith.program import Program

_FIGURES = [np.asarray(figure) for figure in (5e4, 2500.0, 1000.0, 85.0)]


@pytest.fixture(autouse=True)
def core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither model nor synthesis: both say the same."""
    for source in ("estimated", "measured"):
        figures = CoreFigures(source, *_FIGURES)  # type: ignore[arg-type]
        monkeypatch.setattr(macsmith.system, source, lambda *_, system=figures: system)


def answer(macsmith: Program, *arguments: object) -> dict[str, Any]:
    """What the command says as JSON."""
    ended = macsmith("system", *arguments, "--json")
    assert (ended.status, ended.err) == (0, "")
    return json.loads(ended.out)


def test_a_model(macsmith: Program) -> None:
    """BitNet 2B4T, decoding: 2 bits of each weight come from off chip for every token."""
    figures = answer(macsmith, "ternary-int8-32x32", "-w", "bitnet-2b4t")
    weights = 2_084_044_800
    assert figures["cycles"] == weights // 1024 + 1
    assert (figures["bound"], figures["clock_bound"]) == ("off_chip", "core")
    moved = sum(layer["off_chip_bytes"] for layer in figures["layers"])
    assert figures["time_us_per_pass"] == pytest.approx(moved / 51.2e3)
    assert sum(layer["compute_us"] for layer in figures["layers"]) == pytest.approx(
        figures["cycles"] * 2500e-6
    )
    assert figures["tokens_per_s"] == pytest.approx(1e6 / figures["time_us_per_pass"])
    off_chip = figures["energy_parts_uj"]["off_chip"]
    assert 2 * weights * 5.6e-6 < off_chip < 2.05 * weights * 5.6e-6
    assert sum(figures["energy_parts_uj"].values()) == pytest.approx(figures["energy_per_token_uj"])
    assert sum(figures["area_parts_mm2"].values()) == pytest.approx(figures["area_mm2"])
    low, high = figures["energy_per_token_uj_range"]
    sram = figures["energy_parts_uj"]["sram"]  # 3 % below what is published at 45 nm
    assert low == pytest.approx(figures["energy_per_token_uj"] - 0.0278 * sram, rel=1e-4)
    assert high == pytest.approx(figures["energy_per_token_uj"] + off_chip * (9.8 / 5.6 - 1))
    assert [layer["name"] for layer in figures["layers"]] == "q k v o gate up down".split()
    assert figures["core"]["figures"] == "estimated"
    assert "Samsung" in figures["memory"]["energy_source"]


def test_what_runs_beside_is_told_with_sizes(macsmith: Program) -> None:
    """The head of 2B4T in BF16, its embedding, its KV cache; and what their traffic makes of it."""
    arguments = ("ternary-int8-32x32", "-w", "bitnet-2b4t", "--context", 100)
    figures = answer(macsmith, *arguments)
    beside = figures["beside"]
    sizes = {entry["name"]: entry["off_chip_bytes"] for entry in beside["entries"]}
    of_cache = 2 * 30 * 2 * 5 * 128
    assert sizes == {
        "embedding": 2 * 2560,
        "head": 2 * 128_256 * 2560,
        "KV cache": 101 * of_cache,
        "attention": 0,
    }
    held = {entry["name"]: entry["held_bytes"] for entry in beside["entries"]}
    assert held["embedding"] == 2 * 128_256 * 2560
    assert held["KV cache"] == 100 * of_cache
    (attention,) = (entry["macs"] for entry in beside["entries"] if not entry["format"])
    assert attention == 100 * 30 * 2 * 20 * 128
    moved = sum(sizes.values())
    time_us = figures["time_us_per_pass"] + moved / 51.2e3
    assert beside["tokens_per_s_with_its_traffic"] == pytest.approx(1e6 / time_us)
    assert beside["energy_per_token_uj_with_its_traffic"] == pytest.approx(
        figures["energy_per_token_uj"] + 8 * moved * 5.6e-6
    )
    ended = macsmith("system", *arguments)
    for words in (
        "in: the products above, 2,084,044,800 weights, 525 MB a pass off chip",
        "out, at a context of 100 tokens: embedding (bf16) 5.12 kB a pass; head (bf16) 657 MB a",
    ):
        assert words in ended.out
    batch = answer(macsmith, *arguments, "--batch", 8)["beside"]["entries"]
    assert [entry["off_chip_bytes"] for entry in batch] == [
        8 * sizes["embedding"],
        sizes["head"],  # once for all
        8 * sizes["KV cache"],
        0,
    ]


def test_nothing_beside_is_said_too(macsmith: Program) -> None:
    figures = answer(macsmith, "ternary-int8-32x32", "-w", "bitnet-0.7b")
    assert figures["beside"]["entries"] == []
    assert figures["beside"]["tokens_per_s_with_its_traffic"] == pytest.approx(
        figures["tokens_per_s"]
    )
    ended = macsmith("system", "ternary-int8-32x32", "-w", "bitnet-0.7b")
    assert "out: all else; the workload names nothing" in ended.out


def test_weight_bits_of_a_row(macsmith: Program, tmp_path: Path) -> None:
    """They are that product's alone, in a list and in a file, before those of the option."""
    listed, stated = tmp_path / "list.csv", tmp_path / "model.toml"
    listed.write_text("name,outputs,inputs,weight_bits\na,1024,512,1.6\nb,1024,512,\n")
    layer = "[[layers]]\nname = '{}'\ninputs = 512\noutputs = 1024\n"
    stated.write_text(layer.format("a") + "weight_bits = 1.6\n" + layer.format("b"))
    for path in (listed, stated):
        moved = {}
        for bits in (0, 8):
            arguments = ("ternary-int8-32x32", "-w", path, "--weight-bits", bits)
            figures = answer(macsmith, *arguments)
            moved[bits] = [entry["off_chip_bytes"] for entry in figures["layers"]]
        assert moved[0][0] == moved[8][0]
        assert moved[0][1] - moved[0][0] == pytest.approx((2 - 1.6) / 8 * 512 * 1024)
        assert moved[8][1] - moved[8][0] == pytest.approx((8 - 1.6) / 8 * 512 * 1024)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("beside = 3", "beside is not a list of tables"),
        ("[[beside]]\nformat = 'bf16'", "beside[0].name is missing"),
        ("[[beside]]\nname = 'head'\nheld = 3", "beside[0].format is missing"),
        ("[[beside]]\nname = 'head'\nformat = 'bf61'", "beside[0].format = 'bf61' is not a number"),
        ("[[beside]]\nname = 'head'\nformat = 'bf16'\nheld = -1", "beside[0].held = -1"),
        ("[[beside]]\nname = 'head'\nformat = 'bf16'\nheld = 1.5", "beside[0].held = 1.5"),
        ("[[beside]]\nname = 'head'\nhold = 1", "beside[0].hold is unknown"),
        ("weight_bits = 65", "layers[0].weight_bits = 65 is not allowed"),
        ("weight_bits = '2'", "layers[0].weight_bits = '2' is not allowed"),
    ],
)
def test_what_a_workload_may_not_say(
    macsmith: Program, tmp_path: Path, entry: str, sentence: str
) -> None:
    path = tmp_path / "model.toml"
    layer = "[[layers]]\nname = 'a'\ninputs = 512\noutputs = 1024\n"
    path.write_text(f"{entry}\n{layer}" if entry.startswith("beside") else f"{layer}{entry}\n")
    ended = macsmith("system", "ternary-int8-32x32", "-w", path)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err
    assert ended.err.count("\n") == 1


def test_prefill_costs_less_a_token(macsmith: Program) -> None:
    """A batch of 16: the weights once; computing bounds it."""
    one = answer(macsmith, "ternary-int8-32x32", "-w", "bitnet-0.7b", "--memory", "lpddr4")
    batched = answer(
        macsmith, "ternary-int8-32x32", "-w", "bitnet-0.7b", "--memory", "lpddr4", "--batch", "16"
    )
    assert batched["tokens_per_pass"] == 16
    assert batched["energy_parts_uj"]["off_chip"] < one["energy_parts_uj"]["off_chip"] / 5
    assert batched["layers"][0]["ops_per_byte"] > 5 * one["layers"][0]["ops_per_byte"]
    assert batched["buffer_kib"]["weight_buffers"] > one["buffer_kib"]["weight_buffers"]


def test_options_reach_the_platform(macsmith: Program) -> None:
    """Cores, bandwidth, clock, packing, buffers."""
    options = ["--cores", 4, "--bandwidth", 1, "--clock-ns", 9, "--weight-bits", 1.6]
    options += ["--weight-buffer", 0, "--activation-buffer", 8, "--measured"]
    figures = answer(macsmith, "ternary-int8-32x32", "-w", "640,320", *options)
    assert (figures["cores"], figures["clock_ps"], figures["clock_bound"]) == (4, 9000, "asked")
    assert (figures["bound"], figures["cycles"]) == ("off_chip", 20 * 3 + 1)
    layer = figures["layers"][0]
    assert layer["off_chip_us"] == pytest.approx(layer["off_chip_bytes"] * 1e-3)
    sums = 2 * 320 * 18 / 8  # initial values and results
    assert layer["off_chip_bytes"] == pytest.approx(640 * 320 * 1.6 / 8 + 640 + sums)
    assert figures["buffer_kib"] == {"weight_buffers": 0, "activation_buffer": 8}
    assert figures["core"]["figures"] == "measured"


def test_what_a_person_reads(tmp_path: Path, macsmith: Program) -> None:
    """A list of products, as tables."""
    path = tmp_path / "list.csv"
    path.write_text("name,outputs,inputs,repeat\nup,1024,512,3\ndown,512,1024,3\n")
    ended = macsmith("system", "ternary-int8-32x32", "-w", path, "-t", "asap7", "--cores", 2)
    assert ended.status == 0
    phrases = ("2 cores (estimated) on asap7", "tokens/s", "512 x 1024 x 1", "published of lpddr5")
    for text in phrases:
        assert text in ended.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--memory", "lpddr6"], "there is no memory 'lpddr6'"),
        (["--bandwidth", "0"], "a bandwidth of 0.0 GB/s is not allowed"),
        (["--weight-buffer", "-1"], "weight_kib = -1.0 is not allowed: it must be from 0"),
        (["--clock-ns", "0"], "--clock-ns 0.0 is not a clock period"),
        (["--node-nm", "28"], "node_nm = 28 is not allowed: it must be one of 130, 90"),
        (["-t", "tsmc5"], "there is no technology 'tsmc5'"),
        (["-w", "none.csv"], "the workload file none.csv is not there"),
    ],
)
def test_what_is_refused(macsmith: Program, arguments: list[str], sentence: str) -> None:
    """One sentence, status 2."""
    ended = macsmith("system", "ternary-int8-8x8", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err


@pytest.mark.parametrize(
    "name",
    [name for name in committed_designs() if load_design(name).configuration.family == "ternary"],
)
def test_designs_become_columns(name: str) -> None:
    """Cycles and traffic of every committed design, from its parameters as columns."""
    c = ternary_core(load_design(name).configuration)
    workload = c.workload
    wanted = c.schedule([(workload.inputs, workload.outputs, workload.batch)])
    cores = load_cores(core_columns(c), workload.inputs)
    gemm = Gemm(name, workload.outputs, workload.inputs, workload.batch)
    assert cycles(cores, [gemm])[0] == wanted.cycles
    moved = streams(cores, gemm)
    for stream, traffic in wanted.traffic.items():
        assert moved.words[stream] * moved.word_bits[stream] == traffic.bits, stream


def test_estimates_are_those_of_the_model() -> None:
    """The model is asked for this design on this technology."""
    c = load_design("ternary-int8-8x8").configuration
    core = estimated(c, "asap7")
    assert (core.source, core.inside) == ("estimated", True)
    for name in FIGURES:
        assert getattr(core, name) == figures(c, "asap7")[name]
    assert core.expected_error_percent == figures(c, "asap7")["expected_error_percent"]


def test_measured_figures_are_those_of_synthesis() -> None:
    """Area, delay and leakage as measured; energy a slot in the usual range."""
    from costmodel.flow.measure import Point, measure
    from costmodel.technologies import load_technology

    c = load_design("ternary-int8-8x8", ["workload.outputs=2000"]).configuration
    core_figures = measured(c, "nangate45")
    figures = measure(Point(c, load_technology("nangate45")))
    for name in ("area_um2", "delay_ps", "leakage_uw"):
        assert getattr(core_figures, name) == figures[name]
    assert 20 < core_figures.energy_fj_per_operation < 300

"""Accelerators at a workload: figures by hand, sums, limits of the roofline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from costmodel.system.accelerator import SystemCost, evaluate
from costmodel.system.dataflow import Platform
from costmodel.system.dram import load_dram
from costmodel.system.gemm import Gemm
from costmodel.system.memory import load_sram
from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import TernaryLut, Workload

Floats = NDArray[np.float64]

DECODE = [Gemm("qkv", 512, 256), Gemm("up", 1024, 256, repeat=3), Gemm("down", 250, 1000)]
PREFILL = [replace(gemm, vectors=64) for gemm in DECODE]
CORE = {
    "unit": np.array("ternary_lut"),
    "group": np.array(2),
    "luts": np.array(8),
    "columns": np.array(16),
}
INT8 = CORE | {"activation": np.array("int8")}


@dataclass(frozen=True)
class Costs:
    """A stand-in for estimates."""

    area_um2: Floats
    delay_ps: Floats
    leakage_uw: Floats
    energy_fj_per_operation: Floats


def costs(**changes: Any) -> Costs:
    """Of a core of 256 weights a cycle: leaks 0.5 pJ of its 25.6 pJ a cycle."""
    figures = {"area_um2": 2e4, "delay_ps": 2000.0, "leakage_uw": 250.0}
    figures |= {"energy_fj_per_operation": 100.0} | changes
    return Costs(**{name: np.asarray(value, np.float64) for name, value in figures.items()})


def platform(**changes: Any) -> Platform:
    """LPDDR5 around NanGate's SRAM."""
    settings: dict[str, Any] = {"sram": load_sram("nangate45"), "dram": load_dram("lpddr5")}
    return Platform(**(settings | changes))


def test_decoding_by_hand() -> None:
    """One product, one vector: every figure from its definition."""
    system = evaluate(INT8, costs(), [Gemm("up", 1024, 256)], platform())
    tiles, clock = 16 * 64, 2000.0
    assert system.cycles == tiles + 1
    assert system.clock_ps == clock
    assert system.clock_bound == "core"
    assert system.utilisation == pytest.approx(tiles / (tiles + 1))
    # 2 bits a weight, an initial value and a result of 17 bits an output, 256 activations
    bits = 2 * 1024 * 256 + 2 * 1024 * 17 + 256 * 8
    (layer,) = system.layers
    assert layer.off_chip_bytes == bits / 8
    assert layer.off_chip_us == pytest.approx(bits / 8 / 51.2e9 * 1e6)
    assert layer.compute_us == pytest.approx((tiles + 1) * clock * 1e-6)
    assert system.bound == "compute"
    assert system.time_us == layer.compute_us
    assert system.tokens_per_s == pytest.approx(1e6 / system.time_us)
    assert system.peak_gops == pytest.approx(256 / 2.0)
    assert layer.attained_gops == pytest.approx(1024 * 256 / system.time_us * 1e-3)
    assert layer.ops_per_byte == pytest.approx(1024 * 256 * 8 / bits)
    energy = system.energy_parts_uj
    assert energy["off_chip"] == pytest.approx(5.6e-6 * bits)
    assert energy["core"] == pytest.approx(tiles * (25.6 - 0.5) * 1e-6)
    sram = load_sram("nangate45")
    weights, activations = sram.buffer(64, 512), sram.buffer(16, 128)
    constants = 1024 * 17 / 512
    assert energy["sram"] == pytest.approx(
        1e-6
        * (
            (weights.write_pj + weights.read_pj) * (tiles + constants)
            + activations.write_pj * 16
            + activations.read_pj * tiles
        )
    )
    leakage = 250 + weights.leakage_uw + activations.leakage_uw
    assert energy["leakage"] == pytest.approx(1e-6 * leakage * system.time_us)
    assert system.area_parts_mm2["weight_buffers"] == pytest.approx(1e-6 * weights.area_um2)
    assert system.buffer_kib == {"weight_buffers": 4, "activation_buffer": 0.25}


def random_designs(count: int) -> tuple[dict[str, NDArray[Any]], Costs, Platform]:
    """Designs, costs and platforms, all different."""
    rng = np.random.default_rng(5)
    columns = {
        "unit": np.full(count, "ternary_lut"),
        "group": rng.integers(1, 6, count),
        "luts": 2 ** rng.integers(0, 6, count),
        "columns": 2 ** rng.integers(0, 7, count),
        "activation": rng.choice(["int8", "int4", "uint8"], count),
        "sequencer": rng.random(count) < 0.5,
        "packing": rng.choice(["keys", "trits5", "tl2"], count),
    }
    drawn = {
        name: rng.uniform(0.1, 3, count) * getattr(costs(), name)
        for name in ("area_um2", "delay_ps", "leakage_uw", "energy_fj_per_operation")
    }
    return (
        columns,
        Costs(**drawn),
        platform(
            cores=rng.integers(1, 9, count),
            weight_kib=rng.choice([0, 4, 64, 1024], count),
            activation_kib=rng.choice([0, 1, 16, 512], count),
            weight_bits=rng.choice([0.0, 1.6, 2.0], count),
        ),
    )


@pytest.mark.parametrize("gemms", [DECODE, PREFILL], ids=["decode", "prefill"])
def test_figures_add_up_and_stay_below_the_roof(gemms: list[Gemm]) -> None:
    """500 random accelerators: energies, areas, times; nothing above what the roofline allows."""
    system = evaluate(*random_designs(500)[:2], gemms, random_designs(500)[2])
    for parts, total in (
        (system.energy_parts_uj, system.energy_per_token_uj),
        (system.area_parts_mm2, system.area_mm2),
    ):
        assert all((part >= 0).all() for part in parts.values())
        assert np.allclose(sum(parts.values()), total)
        assert (total > 0).all()
    assert np.allclose(system.time_us, sum(layer.time_us for layer in system.layers))
    assert ((system.utilisation > 0) & (system.utilisation <= 1)).all()
    for layer in system.layers:
        assert (layer.attained_gops <= layer.roof_gops * (1 + 1e-12)).all()
        bound = layer.off_chip_us >= layer.compute_us
        assert np.allclose(
            layer.attained_gops[bound], (layer.ops_per_byte * system.bandwidth_gb_per_s)[bound]
        )
    assert set(system.bound) == {"compute", "off_chip"}
    attained = sum(gemm.macs for gemm in gemms) / system.time_us * 1e-3
    assert (attained <= system.peak_gops).all()
    assert np.allclose(system.tokens_per_s, gemms[0].vectors / system.time_us * 1e6)


def test_arrays_are_what_single_calls_are() -> None:
    """The same accelerator alone."""
    columns, cost, around = random_designs(40)
    system = evaluate(columns, cost, PREFILL, around)
    for i in range(40):
        one = evaluate(
            {name: values[i] for name, values in columns.items()},
            Costs(**{name: values[i] for name, values in vars(cost).items()}),
            PREFILL,
            replace(
                around,
                **{
                    name: getattr(around, name)[i]
                    for name in ("cores", "weight_kib", "activation_kib", "weight_bits")
                },
            ),
        )
        assert one.cycles == system.cycles[i]
        assert one.energy_per_token_uj == pytest.approx(system.energy_per_token_uj[i])
        assert one.area_mm2 == pytest.approx(system.area_mm2[i])
        assert one.tokens_per_s == pytest.approx(system.tokens_per_s[i])
        assert one.bound == system.bound[i]


def test_cycles_are_those_of_the_configuration() -> None:
    """Of one core: `hw.ternary.schedule`."""
    group, luts, columns = (int(CORE[name]) for name in ("group", "luts", "columns"))
    c = TernaryLut(
        group=group,
        luts=luts,
        columns=columns,
        activation=Integer.parse("int8"),
        workload=Workload(inputs=1000, outputs=1024, batch=64),
    )
    for gemms in (DECODE, PREFILL):
        products = [
            (gemm.inputs, gemm.outputs, gemm.vectors) for gemm in gemms for _ in range(gemm.repeat)
        ]
        schedule, system = c.schedule(products), evaluate(INT8, costs(), gemms, platform())
        assert system.cycles == schedule.cycles
        assert system.utilisation == pytest.approx(schedule.weights_per_cycle / 256)


def test_a_slow_memory_binds_and_a_fast_one_does_not() -> None:
    """Time is the larger of both, layer by layer; waiting costs leakage and nothing else."""
    fast, slow = (
        evaluate(INT8, costs(), DECODE, platform(dram=load_dram("lpddr5", bandwidth)))
        for bandwidth in (1e6, 0.1)
    )
    assert (fast.bound, slow.bound) == ("compute", "off_chip")
    assert slow.time_us == pytest.approx(sum(x.off_chip_us for x in slow.layers))
    assert fast.time_us == pytest.approx(sum(x.compute_us for x in fast.layers))
    for part in ("core", "sram", "off_chip"):
        assert fast.energy_parts_uj[part] == slow.energy_parts_uj[part]
    ratio = slow.energy_parts_uj["leakage"] / fast.energy_parts_uj["leakage"]
    assert ratio == pytest.approx(slow.time_us / fast.time_us)


def run(gemms: list[Gemm], **changes: Any) -> SystemCost:
    return evaluate(INT8, costs(), gemms, platform(**changes))


def off_chip(system: SystemCost) -> list[float]:
    return [float(layer.off_chip_bytes) for layer in system.layers]


def test_a_batch_shares_the_weights_if_a_buffer_holds_them() -> None:
    """Once, or once for each vector; then each token costs less, or the same."""
    one, batch, without = run(DECODE), run(PREFILL), run(PREFILL, weight_kib=0)
    for single, shared, sent in zip(off_chip(one), off_chip(batch), off_chip(without), strict=True):
        assert shared < 64 * single / 8
        assert sent == pytest.approx(64 * single)
    assert batch.energy_parts_uj["off_chip"] < one.energy_parts_uj["off_chip"] / 8
    assert without.energy_parts_uj["off_chip"] == pytest.approx(one.energy_parts_uj["off_chip"])
    assert without.area_parts_mm2["weight_buffers"] == 0


def test_activations_that_do_not_stay_come_again() -> None:
    """Held as a whole: once. A vector held: with each panel. None: with each block of outputs."""
    gemm = Gemm("up", 1024, 256, 64)  # 16 tiles, 64 blocks; weights: 17 words of 64 bytes a block
    kib = 2 * 17 * 64 / 1024
    times = {
        (None, kib): 1,
        (16, kib): 1,
        (15.9, kib): 64,
        (15.9, 4 * kib): 16,
        (15.9, None): 64,
        (0.2, 4 * kib): 64,
        (0, 0): 64,
        (0.25, 0): 1,  # the weights come again, each vector once
    }
    whole = off_chip(run([gemm]))[0]
    for (held, weights), loads in times.items():
        traffic = off_chip(run([gemm], activation_kib=held, weight_kib=weights))[0]
        again = 63 * 1024 * (2 * 256 + 17) / 8 if weights == 0 else 0
        assert traffic == whole + (loads - 1) * 64 * 256 + again, (held, weights)


def test_cores_share_a_product() -> None:
    """Two cores take half the time, twice the core's area; eight of five blocks, no more."""
    one, two = run(DECODE[:1]), run(DECODE[:1], cores=2)
    assert two.cycles == (one.cycles - 1) / 2 + 1
    assert two.area_parts_mm2["cores"] == 2 * one.area_parts_mm2["cores"]
    assert two.area_parts_mm2["activation_buffer"] == one.area_parts_mm2["activation_buffer"]
    assert two.energy_parts_uj["core"] == one.energy_parts_uj["core"]
    assert two.energy_parts_uj["off_chip"] == one.energy_parts_uj["off_chip"]
    sram = load_sram("nangate45")
    weights, activations = sram.buffer(64, 512), sram.buffer(16, 128)
    leakage_uw = 2 * (250 + weights.leakage_uw) + activations.leakage_uw
    assert two.energy_parts_uj["leakage"] == pytest.approx(1e-6 * leakage_uw * two.time_us)
    saved = one.energy_parts_uj["sram"] - two.energy_parts_uj["sram"]
    assert saved == pytest.approx(1e-6 * activations.read_pj * 256)  # one read serves both
    five, eight = (run([Gemm("", 80, 256)], cores=n) for n in (5, 8))
    assert five.cycles == eight.cycles
    assert eight.utilisation == pytest.approx(five.utilisation * 5 / 8)


def test_packing_of_what_is_stored() -> None:
    """1.6 bits a weight: a fifth less of what weights take, nothing else changes."""
    gemm = Gemm("", 1024, 256)
    plain, packed = run([gemm]), run([gemm], weight_bits=1.6)
    saved = off_chip(plain)[0] - off_chip(packed)[0]
    assert saved == pytest.approx(0.4 * 1024 * 256 / 8)
    assert packed.energy_parts_uj["sram"] == plain.energy_parts_uj["sram"]


def test_packing_of_what_the_core_takes() -> None:
    """Words of five trits: 20 inputs of a tile fill four of them, 16 inputs too."""
    flags = 1024 / 8  # of each result, with this packing
    gemm = Gemm("", 1024, 320)
    for luts, tiles, saved in ((10, 16, 20 * 2 - 32), (8, 20, 0)):
        keys, trits = (
            off_chip(evaluate(INT8 | changes, costs(), [gemm], platform()))[0]
            for changes in (
                {"luts": np.array(luts)},
                {"luts": np.array(luts), "packing": np.array("trits5")},
            )
        )
        assert trits == keys + flags - saved * 1024 * tiles / 8


def test_what_sets_the_clock() -> None:
    """The core, its buffers, or the user."""
    slow = run(DECODE, clock_ps=5000)
    assert (slow.clock_ps, slow.clock_bound) == (5000, "asked")
    assert run(DECODE, clock_ps=100).clock_bound == "core"
    system = evaluate(INT8, costs(delay_ps=500.0), DECODE, platform())
    assert system.clock_bound == "sram"
    assert system.clock_ps == load_sram("nangate45").buffer(64, 512).access_ps
    assert slow.energy_parts_uj["core"] == run(DECODE).energy_parts_uj["core"]


def test_what_is_refused() -> None:
    """A sentence with the value and what is allowed."""
    for name, value, allowed in (
        ("cores", 0, "1 to 65536"),
        ("weight_bits", -1.0, "0 to 64"),
        ("clock_ps", np.nan, "0 to 1000000000"),
        ("activation_kib", np.array([1, -2]), "0 to 16777216"),
    ):
        with pytest.raises(RequestError, match=rf"{name} = .* must be from {allowed}"):
            platform(**{name: value})
    with pytest.raises(RequestError, match="at least one matrix product"):
        run([])
    with pytest.raises(RequestError, match=r"repeat = 1152921504606846976 is not allowed"):
        Gemm("", 1 << 20, 1 << 20, 1 << 20)

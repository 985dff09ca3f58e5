"""Inventories against emitted netlists, circuit by circuit, and columns against single designs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.model.columns import mesh
from costmodel.ternary.configurations import UNITS
from costmodel.ternary.inventory import Inventory, inventory, valid
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, Workload, component
from hw.ternary.choices import PackingName
from hw.ternary.packing import PACKINGS
from tests.hw.emitted import Emitted, emitted

Design = dict[str, Any]

_FLOATS = ("fp16", "bf16", "fp8_e4m3", "fp8_e5m2+saturate", "fp6_e2m3", "e4m5+flush", "fp4_e2m1")
_WORKLOAD = ("inputs", "outputs", "batch", "bias_limit", "nonzeros")
#: Modules that hold nothing but others.
_SHELLS = {"", "core", "widen", "widen_sum"}


def configuration(design: Mapping[str, Any]) -> TernaryConfiguration:
    """A design as it is constructed one by one."""
    given = {name: value for name, value in design.items() if value != ""}
    workload = {name: given.pop(name) for name in _WORKLOAD if name in given}
    return UNITS[given.pop("unit")](workload=Workload(**{"outputs": 4} | workload), **given)


def columns(designs: list[Design]) -> dict[str, np.ndarray]:
    """Designs with the same parameters as a flat table."""
    return {name: np.array([design[name] for design in designs]) for name in designs[0]}


def single(design: Design) -> Inventory:
    """The inventory of one design."""
    return inventory({name: np.array(value) for name, value in design.items()})


@st.composite
def exits(draw: st.DrawFn, design: Design) -> Design:
    """The parameters of an exit behind a design."""
    scale = draw(st.sampled_from(["none", "tensor", "column", "group"]))
    results = ["fp16", "bf16", "fp8_e4m3+saturate", "e6m9"]
    if design["style"] == "integer":
        results += ["int3", "int8", "int32"]
    formats = ["u1.0", "u8.4", "u12.31", "bf16", "fp8_e5m2", "e3m6+flush"]
    tile = design["luts"] * (
        4 if design.get("packing") == PackingName.SPARSE34 else design["group"]
    )
    return {
        "result": draw(st.sampled_from(results)),
        "scale": scale,
        "scale_group": draw(st.sampled_from([1, 3])) * tile if scale == "group" else 0,
        "scale_format": "" if scale == "none" else draw(st.sampled_from(formats)),
        "exits": draw(st.sampled_from([0, 1, design["columns"]])),
        "exit_register": draw(st.booleans()),
    }


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Small designs of all units and styles that can exist."""
    unit = draw(st.sampled_from(sorted(UNITS)))
    style = draw(st.sampled_from(["integer", "float", "exact", "aligned"]))
    design: Design = {
        "unit": unit,
        "group": draw(st.integers(1, 4)) if unit == "ternary_lut" else 1,
        "luts": draw(st.integers(1, 9)),
        "columns": draw(st.integers(1, 5)),
        "inputs": draw(st.sampled_from([7, 64, 300, 5000])),
        "bias_limit": draw(st.sampled_from([0, 5, 1 << 20])),
        "table_register": draw(st.booleans()),
        "reduce_register": draw(st.booleans()),
        "style": style,
        "activation": draw(st.sampled_from(_FLOATS)),
    }
    match style:
        case "integer":
            design["activation"] = draw(st.sampled_from(["int4", "uint5", "int8", "int13"]))
            design["accumulator_bits"] = draw(st.sampled_from([0, 40, 64]))
        case "float":
            design["adder_stages"] = draw(st.integers(0, 5))
            design["sum_format"] = draw(st.sampled_from(["", "fp32"]))
            design["accumulator_format"] = draw(st.sampled_from(["", "fp32"]))
        case "exact":
            design["activation"] = draw(st.sampled_from(_FLOATS[2:]))
        case _:
            design["aligned_bits"] = draw(st.sampled_from([0, 8, 12, 20]))
    if style in ("exact", "aligned"):
        design["exits"] = draw(st.sampled_from([0, 1, design["columns"]]))
        design["exit_register"] = draw(st.booleans())
    if style != "float" and draw(st.booleans()):
        design |= draw(exits(design))
    if style != "float":
        design["packing"] = draw(st.sampled_from(["keys", *PACKINGS]))
        if design["packing"] == PackingName.SPARSE34 and unit == "ternary_lut":
            design["group"] = 4
    if design.get("sum_format"):
        design["accumulator_format"] = "fp32"
    return design


def quantity(counted: Inventory, module: str, name: str) -> int:
    """Of one instance; 0 where the design has no such module."""
    if module not in counted.modules:
        return 0
    return int(counted.modules[module].quantities.get(name, 0))


def expected(counted: Inventory, name: str, style: str) -> dict[str, int]:
    """Of a module, bits of kinds of cells that its quantities tell.

    Kinds are joined by ``+``; after ``<`` stands what is counted by its input.
    """

    def of(*quantities: str) -> int:
        return sum(quantity(counted, name, bits_name) for bits_name in quantities)

    if name.endswith("encoder"):
        shifters = ("shifter_bits", "count_bits", "limit_bits", "room_bits")
        return {"$mux": of(*shifters, "mux_bits")}
    if name.endswith("_adder"):
        shifters = ("swap_bits", "align_bits", "normalise_bits", "count_bits")
        return {"$mux": of(*shifters, "register_bits"), "<$lt": of("compare_bits")}
    registered = quantity(counted, "column", "accumulate_bits") > 0
    known = {
        "converter": {"$mux": of("shifter_bits"), "$xor": of("xor_bits")},
        "exit_rounding": {"$mux": of("mux_bits")},
        "lane": {"$and": of("select_bits", "gate_bits"), "$xor": of("xor_bits")},
        "multiplier": {"$and": of("product_bits") + 2},
        "unpack": {"<$reduce_or": of("flags")},
        "unpack_word": {"<$add": of("adder_bits"), "<$reduce_and": _compared(counted)},
        "unpack_group": {
            "<$add": of("adder_bits"),
            "$add": of("adder_bits", "adders"),
            "$or": of("trits"),
            "$and": 2 * of("trits") - 1,
        },
    }
    if quantity(counted, "lane", "entries") > 1:
        known["lane"]["<$reduce_and"] = of("decode_bits")
    float_scale = quantity(counted, "exit_decoder", "exponent_bits") > 0
    known["exit_scaling"] = {"$xor": of("xor_bits")}
    if of("and_bits"):  # and one of an infinite scale and a sum of 0
        known["exit_scaling"] = {"$and": of("and_bits") + float_scale}
    if style == "exact" and not float_scale:
        known["exit_scaling"]["$add"] = of("adder_bits", "carry_bits") + 1
    if style == "float":
        column = {"$mux": of("enable_bits", "mux_bits"), "$and+$or": of("gate_bits")}
        table = {"$mux": of("enable_bits")}
        return (known | {"column": column, "table": table}).get(name, {})
    # The rows' sum and that of the register have an adder and a top bit each.
    parity = of("parity_bits", "accumulate_parity_bits")
    return (
        known
        | {
            "table": {"$add+$sub": of("adder_bits", "adders"), "$and+$or": of("gate_bits")},
            "bank": {"$and+$or": of("gate_bits"), "$mux": of("enable_bits")},
            "column": {
                "$sub": of("carry_bits", "accumulate_bits") + 1 + registered,
                "$mux": of("mux_bits", "enable_bits"),
                "$or": of("gate_bits"),
                "<$reduce_xor": parity,
            },
        }
    ).get(name, {})


def _compared(counted: Inventory) -> int:
    """Bits that ANDs of a decoder see: those of ``tl2`` also tell that a magnitude is corrupt."""
    tl2 = quantity(counted, "unpack_word", "tl2") + quantity(counted, "unpack_word", "tl2_key")
    return quantity(counted, "unpack_word", "equal_bits") + 3 * tl2


def check(design: Design, counted: Inventory, modules: dict[str, Emitted]) -> None:
    """Every module that is emitted is known, with its instances, and holds what is said of it."""
    assert counted.valid, design
    core = "core" if "core" in modules else ""
    names = {"core" if name == core else name: module for name, module in modules.items()}
    instances = {name: int(module.count) for name, module in counted.modules.items()}
    for name, module in names.items():
        place = f"{name or 'top'} of {design}"
        assert name in _SHELLS or instances[name] == module.copies, place
        assert module.register_bits == quantity(counted, name, "register_bits"), place
        heap = f"{name}/heap"
        assert module.bits["full"] == quantity(counted, heap, "full_adders"), place
        assert module.half_adders == quantity(counted, heap, "half_adders"), place
        for kinds, bits in expected(counted, name, design["style"]).items():
            counter = module.taken if kinds.startswith("<") else module.bits
            counted_bits = sum(counter[kind] for kind in kinds.removeprefix("<").split("+"))
            assert counted_bits == bits, f"{kinds} in {place}"
    absent = {name for name, count in instances.items() if count and "/" not in name} - set(names)
    assert not absent, design


def check_all(chosen: list[Design]) -> None:
    """Check those of some designs that can exist."""
    known = [(design, counted) for design in chosen if (counted := single(design)).valid]
    netlists = emitted(component(configuration(design)) for design, _ in known)
    for (design, counted), modules in zip(known, netlists, strict=True):
        check(design, counted, modules)


_TILE = {"luts": 5, "columns": 3, "inputs": 300}
_CHOSEN: list[Design] = [
    {"unit": unit, "group": group, "style": "integer", "activation": activation}
    | {"table_register": registers[0], "reduce_register": registers[1]}
    for unit, group in [
        *(("ternary_lut", group) for group in (1, 2, 4)),
        ("ternary_signflip", 1),
        ("ternary_multiplier", 1),
    ]
    for activation, registers in [
        ("int8", (False, False)),
        ("uint6", (True, False)),
        ("int8", (True, True)),
    ]
] + [
    {"unit": unit, "group": group, "style": style, "activation": activation} | further
    for unit, group in (("ternary_lut", 3), ("ternary_signflip", 1), ("ternary_multiplier", 1))
    for style, activation, further in [
        ("float", "fp16", {"adder_stages": 0}),
        ("float", "fp16", {"adder_stages": 3, "table_register": True}),
        ("float", "bf16", {"adder_stages": 5, "sum_format": "e8m11", "reduce_register": True}),
        ("float", "fp8_e4m3", {"adder_stages": 4, "accumulator_format": "fp16"}),
        ("exact", "e4m5", {"table_register": True, "reduce_register": True}),
        ("exact", "fp8_e4m3", {"exits": 2, "exit_register": True}),
        ("aligned", "bf16", {"aligned_bits": 12, "exits": 1}),
        ("aligned", "fp16", {"aligned_bits": 16, "table_register": True}),
    ]
]
_SCALED: list[Design] = [
    {"unit": "ternary_lut", "group": 2, "style": "integer", "activation": "int8"}
    | dict(zip(("result", "scale", "scale_format"), kind.split(" "), strict=True))
    | further
    for kind, further in [
        ("int20 none ", {"exits": 1}),
        ("int8 tensor u16.20", {"exit_register": True}),
        ("int8 column u12.0", {"exits": 3, "exit_register": True}),
        ("int32 column u4.3", {"packing": "tl2"}),
        ("int8 group u9.8", {"scale_group": 40, "exits": 1}),
        ("bf16 none ", {"exits": 2, "exit_register": True}),
        ("bf16 tensor u7.3", {}),
        ("fp16 column fp16", {"exits": 1, "exit_register": True}),
        ("fp16 column bf16", {"style": "exact", "activation": "e4m5"}),
        ("e4m3 tensor e5m2", {"style": "aligned", "activation": "bf16", "exit_register": True}),
        ("fp32 column u16.16", {"style": "aligned", "activation": "fp16", "aligned_bits": 9}),
        ("bf16 group u12.16", {"scale_group": 60, "exits": 2, "exit_register": True}),
        ("fp16 group u3.0", {"style": "exact", "activation": "e4m5", "scale_group": 50}),
        ("fp16 group u3.0", {"scale_group": 250, "exits": 1, "nonzeros": 33}),
    ]
]
_PACKED: list[Design] = [
    {"unit": "ternary_lut", "group": group, "packing": packing, "activation": "int7"} | further
    for packing, group, further in [
        ("codes", 1, {}),
        ("codes", 2, {"reduce_register": True}),
        ("codes", 7, {"table_register": True}),
        ("trits5", 1, {"table_register": True, "reduce_register": True}),
        ("trits5", 4, {}),
        ("trits5", 5, {"reduce_register": True}),
        ("tl2", 2, {}),
        ("tl2", 3, {"table_register": True}),
        ("sparse34", 4, {}),
        ("sparse34", 4, {"table_register": True, "reduce_register": True}),
        ("sparse34", 4, {"style": "aligned", "activation": "bf16", "aligned_bits": 9}),
        ("tl2", 3, {"style": "aligned", "activation": "bf16", "exits": 1}),
        ("trits5", 2, {"style": "exact", "activation": "e4m5", "reduce_register": True}),
    ]
]


@pytest.mark.parametrize(
    "chosen", [_CHOSEN[::2], pytest.param(_CHOSEN[1::2], marks=pytest.mark.long)]
)
def test_chosen_designs_hold_what_is_said(chosen: list[Design]) -> None:
    assert all(single(_TILE | design).valid for design in chosen)
    check_all([_TILE | design for design in chosen])


@pytest.mark.parametrize(
    "chosen",
    [
        [*_PACKED[::3], *_SCALED[::3]],
        pytest.param([*_PACKED, *_SCALED], marks=pytest.mark.long),
    ],
)
def test_packed_and_scaled_designs_hold_what_is_said(chosen: list[Design]) -> None:
    assert all(single(_TILE | design).valid for design in chosen)
    check_all([{"style": "integer"} | _TILE | design for design in chosen])


@settings(deadline=None, derandomize=True, max_examples=3)
@given(st.lists(designs(), min_size=3, max_size=6))
def test_random_designs_hold_what_is_said(chosen: list[Design]) -> None:
    check_all(chosen)


@pytest.mark.long
@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.lists(designs(), min_size=6, max_size=12))
def test_many_random_designs_hold_what_is_said(chosen: list[Design]) -> None:
    check_all(chosen)


@st.composite
def requests(draw: st.DrawFn) -> Design:
    """Designs around the edges of what may be, in any style."""
    activations = ["int2", "int8", "int16", "uint16", "fp4_e2m1", "fp8_e4m3", "fp16", "bf16"]
    activations += ["fp32", "fp16+toward_zero", "fp16+stochastic", "int17"]
    size = st.sampled_from([0, 1, 2, 7, 31, 64, 255, 1024, 1025])
    sums = st.sampled_from(["", "fp16", "bf16", "fp32", "fp32+stochastic", "int8"])
    design: Design = {
        "unit": draw(st.sampled_from(sorted(UNITS))),
        "luts": draw(size),
        "columns": draw(size),
        "inputs": draw(st.sampled_from([0, 1, 100, 4096, 1 << 20, (1 << 20) + 1])),
        "bias_limit": draw(st.sampled_from([0, 0, 1, 1 << 20, 1 << 31, (1 << 31) + 1])),
        "nonzeros": draw(st.sampled_from([0, 0, 1, 64, 5000])),
        "style": draw(st.sampled_from(["", "integer", "float", "exact", "aligned", "fast"])),
        "activation": draw(st.sampled_from(activations)),
        "adder_stages": draw(st.sampled_from([0, 0, 0, 2, 5, 6])),
        "sum_format": draw(st.sampled_from(["", "", ""]) | sums),
        "accumulator_format": draw(st.sampled_from(["", "", ""]) | sums),
        "aligned_bits": draw(st.sampled_from([0, 0, 0, 3, 4, 48, 49])),
        "accumulator_bits": draw(st.sampled_from([0, 0, 0, 1, 2, 16, 32, 40, 64, 65])),
        "table_register": draw(st.booleans()),
        "reduce_register": draw(st.booleans()),
        "exits": draw(st.sampled_from([0, 0, 0, 1, 64, 2000])),
        "exit_register": draw(st.sampled_from([False, False, True])),
        "packing": draw(st.sampled_from(["keys"] * 5 + ["dense", *PACKINGS])),
        "scale": draw(st.sampled_from(["none"] * 4 + ["tensor", "column", "group", "row"])),
        "scale_group": draw(st.sampled_from([0, 0, 0, 32, 64, 62, 256, 512])),
        "scale_format": draw(st.sampled_from(["", "", "u8.8", "u33.1", "bf16", "int8"])),
    }
    results = ["", "int8", "int24", "int33", "fp16", "fp16+toward_zero", "bf17"]
    design["result"] = draw(st.sampled_from(results)) if design["style"] != "float" else ""
    if draw(st.booleans()):
        design["group"] = draw(st.sampled_from([0, 1, 2, 5, 7, 8]))
    return design


def constructed(design: Design) -> bool:
    """Whether a design can be constructed."""
    try:
        configuration(design)
    except RequestError:
        return False
    return True


@settings(deadline=None, derandomize=True, max_examples=500)
@given(requests())
def test_valid_is_what_can_be_constructed(design: Design) -> None:
    assert valid({name: np.array(value) for name, value in design.items()}) == constructed(design)


_WIDE = {"unit": "ternary_multiplier", "activation": "bf16", "style": "aligned", "inputs": 1}


@pytest.mark.parametrize(
    ("design", "possible"),
    [
        (_WIDE | {"luts": 400, "columns": 1, "aligned_bits": 48}, False),  # ports of columns
        (_WIDE | {"luts": 300, "columns": 1, "aligned_bits": 48}, True),
        (_WIDE | {"luts": 1, "columns": 800, "aligned_bits": 32}, False),  # ports of banks
        (_WIDE | {"luts": 1, "columns": 500, "aligned_bits": 32}, True),
        (_WIDE | {"luts": 2, "columns": 2, "activation": "bf16+toward_zero"}, False),
        (_WIDE | {"luts": 2, "columns": 2, "activation": "bf16+stochastic"}, False),
        (_WIDE | {"luts": 2, "columns": 2, "inputs": 15, "accumulator_bits": 28}, True),
        (
            _WIDE
            | {"luts": 2, "columns": 2, "inputs": 15, "bias_limit": 1, "accumulator_bits": 28},
            False,
        ),
    ],
)
def test_edges_of_what_can_be_constructed(design: Design, possible: bool) -> None:
    assert constructed(design) == possible
    assert single(design).valid == possible


@settings(deadline=None, derandomize=True, max_examples=100)
@given(designs())
def test_sizes_are_those_of_the_configuration(design: Design) -> None:
    counted = single(design)
    assert counted.valid == constructed(design)
    if not counted.valid:
        return
    c = configuration(design)
    names = ("group", "tile_inputs", "key_bits", "term_bits", "accumulator_bits", "exits", "beats")
    names += ("table_latency", "reduce_latency", "adder_stages")
    assert counted.sizes["weight_bits"] == c.words * c.word_bits
    assert {name: int(counted.sizes[name]) for name in names} == {
        name: getattr(c, name) for name in names
    }
    assert counted.sizes["entries"] == len(c.entries)
    assert counted.sizes["tiles"] == c.tiles(c.workload.inputs)
    assert counted.sizes["table_depth"] == max(entry.depth for entry in c.entries)
    assert counted.sizes["activation_bits"] == c.activation.bits
    if c.style != "float":
        assert counted.sizes["operand_bits"] == c.operand.bits
        assert counted.sizes["reduced_bits"] == (c.reduced_bits if c.reduce_register else 0)


def figures(counted: Inventory) -> dict[str, np.ndarray]:
    """All that an inventory says, by name, at its full shape; absent modules have no quantities."""
    arrays: dict[str, np.ndarray] = {"valid": counted.valid}
    arrays |= {f"size {name}": values for name, values in counted.sizes.items()}
    for name, module in counted.modules.items():
        arrays[name] = module.count
        arrays |= {f"{name} {quantity}": module.total(quantity) for quantity in module.quantities}
    return {name: np.broadcast_to(values, counted.shape) for name, values in arrays.items()}


_AXES = mesh(
    luts=[1, 4, 33],
    columns=[2, 5],
    group=[1, 3, 4],
    unit=sorted(UNITS),
    style=["", "float", "exact", "aligned"],
    activation=["int8", "fp16", "fp8_e5m2", "bf16"],
    adder_stages=[0, 2],
    table_register=[False, True],
    reduce_register=[False, True],
    inputs=[64, 3000],
    packing=["keys", "tl2", "codes", "sparse34"],
)


def test_mesh_is_the_flat_table_is_each_design() -> None:
    arrays = figures(inventory(_AXES))
    assert 0 < arrays["valid"].sum() < arrays["valid"].size
    flat_columns = {
        name: np.broadcast_to(values, arrays["valid"].shape).reshape(-1)
        for name, values in _AXES.items()
    }
    flat = figures(inventory(flat_columns))
    assert arrays.keys() == flat.keys()
    for name, values in arrays.items():
        mattering = flat["valid"]
        assert (values.reshape(-1) == flat[name])[mattering].all(), name
    chosen = np.random.default_rng(1).choice(np.flatnonzero(flat["valid"]), 60, replace=False)
    for i in chosen:
        design = {name: values[i].item() for name, values in flat_columns.items()}
        alone = figures(single(design))
        assert {name: values[i] for name, values in flat.items() if values[i]} == {
            name: values[()] for name, values in alone.items() if values
        }


_PLAIN = {"unit": "ternary_lut", "luts": 4, "columns": 4, "activation": "int8", "inputs": 64}


def test_what_cannot_be_known_is_said() -> None:
    for changes, sentence in [
        ({"planes": 2}, "does not know planes = 2"),
        ({"loop": "table"}, "does not know loop = 'table'"),
        (
            {"result": "fp16", "style": "float", "activation": "bf16"},
            "does not know result = 'fp16' with style = 'float'",
        ),
        ({"unit": "complex_lut"}, "does not know the unit 'complex_lut'"),
        ({"colour": 3}, "does not know the parameter 'colour'"),
        ({"luts": 4.5}, "'luts' of the inventory has values of type float64"),
        ({"table_register": 1}, "'table_register' of the inventory has values of type int64"),
    ]:
        with pytest.raises(RequestError, match=sentence):
            single(_PLAIN | changes)
    with pytest.raises(RequestError, match="needs a column 'inputs'"):
        inventory({name: np.array(value) for name, value in _PLAIN.items() if name != "inputs"})


def test_the_default_result_may_be_stated() -> None:
    design = _PLAIN | {"activation": "fp16", "style": "exact", "result": "fp16", "scale": "none"}
    assert single(design).valid

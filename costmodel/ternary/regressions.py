"""Of which quantities of which modules the costs of a ternary core are made."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.model.regressions import ONE, Regression, Term
from costmodel.ternary.unpack_inventory import DECODERS

__all__ = ["REGRESSIONS", "REVISION", "STAND_INS"]

#: Of what quantities and steps count. It grows whenever a name stays and what is counted under it
#: does not (`costmodel.ternary.quantities`, `.liveness`, `.steps`, `.paths`, `.float_paths`, and
#: the inventory): coefficients fitted to the former count would then be wrong without a word.
REVISION = 1

_ADDER = (
    ONE,
    "significand_bits",
    "compare_bits",
    "align_bits",
    "count_bits",
    "normalise_bits",
    "exponent_adder_bits",
    "register_bits",
)
_ENCODER = (ONE, "word_bits", "count_bits", "shifter_bits", "rounding_bits", "room_bits")
_DECODER = (ONE, "exponent_bits", "special_bits")

#: For each term of no module of a circuit, where one must be told, the module that it is of.
STAND_INS: Mapping[str, str] = {
    "heap_terms": "column/heap",
    "heap_flips": "column/heap",
    "heap_arrays": "column/heap",
    "busy": "column",
    "keys": "core",
    "activations": "core",
    "open_lanes": "core",
    "open_tables": "core",
    "starts": "core",
    "results": "exit",
    "scaled": "exit_scaling",
    "rounded": "exit_rounding",
}

#: What is fitted to what. Adders are in one regression wherever they are, the exit is in that of
#: the control around it (synthesis flattens small ones into it), and a column's heap in that of
#: the column. By which part of a core each term is told, `hw.ternary.parts.PARTS` says.
REGRESSIONS: Mapping[str, Regression] = {
    "table": Regression(
        ("table", "bank", "widen"),
        (
            Term(
                "table",
                "table",
                (
                    "full_bits",
                    "lowest_bits",
                    "padded_bits",
                    "gate_bits",
                    "entry_bits",
                    "driven_loads",
                ),
            ),
            Term("bank", "bank", ("register_bits", "gate_bits")),
            Term("held_entries", "held_entries", ("register_bits",)),
            Term("widen_decoder", "widen_decoder", _DECODER),
            Term("widen_encoder", "widen_encoder", _ENCODER),
        ),
        (
            Term(
                "table",
                "table",
                ("adder_bits", "deep_bits", "long_bits", "gate_bits", "entry_bits"),
                True,
            ),
            Term("bank", "bank", ("register_bits",)),
            Term("bank", "bank_data", ("register_bits", "gate_bits"), True),
            Term("held_entries", "held_entries", ("register_bits",)),
            Term("fanout_terms", "fanout_terms", ("entry_loads",), True),
            Term("fanout_flips", "fanout_flips", ("entry_loads",), True),
            Term("fanout_arrays", "fanout_arrays", ("entry_loads", "further_loads"), True),
            Term("widen_decoder", "widen_decoder", _DECODER),
            Term("widen_encoder", "widen_encoder", _ENCODER),
        ),
    ),
    "unpack": Regression(
        ("unpack",),
        (
            Term("unpack", "unpack", ("flags",)),
            Term("unpack_word", "unpack_word", tuple(DECODERS)),
            Term("unpack_group", "unpack_group", (ONE, "adder_bits", "trits")),
        ),
    ),
    "select": Regression(
        ("lane",),
        (
            Term(
                "lane_select",
                "lane_select",
                (
                    "select_bits",
                    "or_bits",
                    "xor_bits",
                    "decode_bits",
                    "half_decodes",
                    "selects",
                    "gate_bits",
                ),
            ),
            Term("lane_signflip", "lane_signflip", (ONE, "select_bits")),
            Term("lane_array", "lane_array", ("select_bits",)),
            Term("lane/heap", "lane_heap", ("full_adders", "half_adders", "merged_adders")),
        ),
        (
            Term("lane_select", "lane_select", (ONE, "selects")),
            Term("lane_select", "lane_terms", ("term_bits", "path_bits"), True),
            Term("lane_signflip", "lane_signflip", (ONE,)),
            Term("lane_signflip", "lane_terms_flipped", ("select_bits",), True),
            Term("lane_array", "lane_array", ("select_bits", "live_bits")),
            Term("lane/heap", "lane_heap", ("full_adders", "merged_adders")),
        ),
    ),
    "multiply": Regression(
        ("multiplier",),
        (
            Term("multiplier", "multiplier", (ONE, "product_bits", "carry_bits", "register_bits")),
            Term("multiplier/heap", "heap", ("full_adders", "half_adders")),
            Term("multiplier_decoder", "multiplier_decoder", ("exponent_bits", "special_bits")),
            Term("multiplier_encoder", "multiplier_encoder", _ENCODER[1:]),
        ),
    ),
    "column": Regression(
        ("column", "sums", "widen_sum"),
        (
            Term("column/heap", "heap", ("full_adders", "half_adders")),
            Term(
                "column",
                "column",
                (
                    ONE,
                    "register_bits",
                    "enable_bits",
                    "gate_bits",
                    "mux_bits",
                    "carry_bits",
                    "parity_bits",
                    "accumulate_bits",
                ),
            ),
            Term("widen_sum_decoder", "widen_decoder", _DECODER),
            Term("widen_sum_encoder", "widen_encoder", _ENCODER),
        ),
        (
            Term("heap_terms", "heap_terms", ("full_adders",), True),
            Term("heap_flips", "heap_flips", ("full_adders",), True),
            Term("heap_arrays", "heap_arrays", ("full_adders", "live_adders")),
            Term("column", "column", (ONE, "register_bits", "enable_bits", "mux_bits")),
            Term("busy", "busy", ("sum_bits", "total_bits"), True),
            Term("widen_sum_decoder", "widen_decoder", _DECODER),
            Term("widen_sum_encoder", "widen_encoder", _ENCODER),
        ),
    ),
    "adder": Regression(
        ("table_adder", "reduce_adder", "accumulate_adder"),
        tuple(
            Term(f"{place}_adder", "adder", _ADDER) for place in ("table", "reduce", "accumulate")
        ),
    ),
    "convert": Regression(
        ("converter", "decoder"),
        (
            Term("converter", "converter", (ONE, "adder_bits", "shifter_bits", "operand_bits")),
            Term("decoder", "decoder", ("exponent_bits", "special_bits")),
        ),
    ),
    "control": Regression(
        ("", "core", "exit", "sequencer"),
        (
            Term("exit", "exit", ("register_bits", "enable_bits", "select_bits")),
            Term("exit_scaling", "exit_scaling", ("adder_bits", "and_bits", "carry_bits")),
            Term("exit_scaling/heap", "exit_heap", ("full_adders", "half_adders")),
            Term("exit_decoder", "exit_decoder", ("exponent_bits", "special_bits")),
            Term("exit_rounding", "exit_rounding", ("adder_bits", "sticky_bits", "mux_bits")),
            Term("exit_encoder", "exit_encoder", _ENCODER),
            Term("core", "core", (ONE, "register_bits", "note_inputs", "restart_loads")),
        ),
        (
            Term("exit", "exit", ("register_bits", "enable_bits", "select_bits")),
            Term("core", "core", (ONE, "register_bits", "note_inputs")),
            Term("keys", "keys", (ONE, "key_bits", "sign_loads")),
            Term("activations", "activations", (ONE, "activation_bits")),
            Term("open_lanes", "open_lanes", ("operand_bits",), True),
            Term("open_tables", "open_tables", ("adder_bits",), True),
            Term("starts", "starts", ("mux_bits",)),
            Term("results", "results", ("select_bits",)),
            Term("scaled", "scaled", ("adder_bits", "full_adders")),
            Term("rounded", "rounded", ("shifter_bits", "count_bits", "mux_bits")),
        ),
    ),
    "buffers": Regression(
        ("buffers",),
        (
            Term("fanout", "fanout", ("entry_loads", "key_loads")),
            Term("core", "core", ("restart_loads", "lane_loads")),
        ),
    ),
}

"""Adders: what becomes of bit heaps and carry chains when a library has adder cells.

ABC maps no cell of two outputs. So adders are kept as cells of their own while Yosys works on the
words of a design: those of `hw.bitheap`'s rows and of the chains that additions become. Then each
becomes a cell of the library, or logic for ABC where an output is unused or an input is constant.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from costmodel.library.expression import truth_table
from costmodel.library.technology import Technology

__all__ = [
    "ADDER_LOGIC",
    "ADDITIONS",
    "CARRY_CHAIN",
    "CARRY_SAVE",
    "FULL",
    "Adders",
    "adder_kinds",
    "find_adders",
    "is_row",
    "open_row",
]

FULL, HALF, LOGIC = "macsmith_full_adder", "macsmith_half_adder", "macsmith_adder_logic"
_ROW = re.compile(r"\w+_(dual_half|full|half)_adders_\d+")  # `hw.bitheap.AdderRow`
_CELL_ROW = re.compile(r"(?P<name>\w+(?<!_dual)_(?P<kind>full|half)_adders_(?P<width>\d+))")

#: Techmap of additions to ripple chains of adders.
CARRY_CHAIN = f"""
(* techmap_celltype = "$alu" *)
module carry_chain (A, B, CI, BI, X, Y, CO);
  parameter A_SIGNED = 0; parameter A_WIDTH = 1;
  parameter B_SIGNED = 0; parameter B_WIDTH = 1; parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; input CI, BI;
  output [Y_WIDTH-1:0] X, Y, CO;
  wire [Y_WIDTH-1:0] a, b;
  localparam A_BITS = A_WIDTH ? A_WIDTH : 1, B_BITS = B_WIDTH ? B_WIDTH : 1;
  \\$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_BITS), .Y_WIDTH(Y_WIDTH))
    left (.A(A_WIDTH ? A[A_BITS-1:0] : 1'b0), .Y(a));  // no bits, as in a negation: 0
  \\$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_BITS), .Y_WIDTH(Y_WIDTH))
    right (.A(B_WIDTH ? B[B_BITS-1:0] : 1'b0), .Y(b));
  wire [Y_WIDTH-1:0] c = b ^ {{Y_WIDTH{{BI}}}};
  wire [Y_WIDTH:0] carry;
  assign carry[0] = CI, CO = carry[Y_WIDTH:1], X = a ^ c;
  genvar i;
  generate for (i = 0; i < Y_WIDTH; i = i + 1) begin : bits
    {FULL} adder (.A(a[i]), .B(c[i]), .C(carry[i]), .S(Y[i]), .D(carry[i+1]));
  end endgenerate
endmodule
"""

#: Techmap of additions, each by itself, to what `CARRY_CHAIN` maps.
ADDITIONS = """
(* techmap_wrap = "alumacc" *)
(* techmap_celltype = "$lt $le $ge $gt $add $sub $neg" *)
module additions;
endmodule
"""

#: Techmap of the rows of a carry-save tree (Yosys' `maccmap`) to adders.
CARRY_SAVE = f"""
(* techmap_celltype = "$fa" *)
module carry_save (A, B, C, X, Y);
  parameter WIDTH = 1;
  input [WIDTH-1:0] A, B, C; output [WIDTH-1:0] X, Y;
  genvar i;
  generate for (i = 0; i < WIDTH; i = i + 1) begin : bits
    {FULL} adder (.A(A[i]), .B(B[i]), .C(C[i]), .S(Y[i]), .D(X[i]));
  end endgenerate
endmodule
"""

#: Techmap of the adders that are to be logic.
ADDER_LOGIC = f"""
(* techmap_celltype = "{FULL} {HALF} {LOGIC}" *)
module adder_logic (A, B, C, S, D);
  input A, B, C; output S, D;
  wire half = A ^ B;
  assign S = half ^ C, D = A & B | half & C;
endmodule
"""


@dataclass(frozen=True)
class Adders:
    """The library's adder cells as Verilog, with A, B (C), S and D to be filled in.

    Attributes:
        full: a full adder.
        half: a half adder; empty where the library has none that may be used.
    """

    full: str
    half: str

    @property
    def techmap(self) -> str:
        """Techmap of full and half adders to the cells."""
        text = (
            f'(* techmap_celltype = "{FULL}" *)\nmodule full (A, B, C, S, D);\n'
            f"  input A, B, C; output S, D;\n  {self.full}\nendmodule\n"
        )
        if self.half:
            text += (
                f'(* techmap_celltype = "{HALF}" *)\nmodule half (A, B, C, S, D);\n'
                "  parameter _TECHMAP_CONSTMSK_A_ = 0; parameter _TECHMAP_CONSTMSK_B_ = 0;\n"
                "  input A, B, C; output S, D;\n"
                "  wire a = _TECHMAP_CONSTMSK_A_ ? C : A, b = _TECHMAP_CONSTMSK_B_ ? C : B;\n"
                f"  {self.half}\nendmodule\n"
            )
        return text


def find_adders(technology: Technology) -> Adders | None:
    """The smallest adders of a library, found by their functions; None without a full adder.

    Outputs may be inverted: inverters follow, which ABC sees.
    """
    cells: dict[int, list[tuple[float, str]]] = {3: [], 2: []}
    for cell in technology.cells.values():
        if cell.excluded or cell.flop or len(cell.outputs) != 2 or len(cell.inputs) not in cells:
            continue
        pins = list(cell.inputs)
        ones = np.indices((2,) * len(pins)).sum(axis=0)
        nets: dict[str, str] = {}
        text = ""
        for pin, output in cell.outputs.items():
            table = truth_table(output.function, pins)
            for net, wanted in (("S", ones % 2 == 1), ("D", ones > 1)):
                if (table == wanted).all():
                    nets[net] = f".{pin}({net})"
                elif (table != wanted).all():  # as in asap7
                    nets[net] = f".{pin}(not_{net})"
                    text += f" wire not_{net}; assign {net} = ~not_{net};"
        if len(nets) == 2:
            inputs = ("A", "B", "C") if len(pins) == 3 else ("a", "b")  # the two that vary
            wires = [f".{pin}({net})" for pin, net in zip(pins, inputs, strict=True)]
            connected = ", ".join([*wires, *nets.values()])
            cells[len(pins)].append((cell.area_um2, f"\\{cell.name} cell ({connected});{text}"))
    if not cells[3]:
        return None
    return Adders(full=min(cells[3])[1], half=min(cells[2], default=(0.0, ""))[1])


def is_row(module: str) -> bool:
    """Whether a module of this name is a row of a bit heap, of any kind."""
    return _ROW.fullmatch(module) is not None


def open_row(module: str) -> str | None:
    """A row of full or half adders as Verilog of single adders; None for any other module."""
    row = _CELL_ROW.fullmatch(module)
    if row is None:
        return None
    width = int(row["width"])
    third = {"full": ("c, ", "c[i]"), "half": ("", "1'b0")}[row["kind"]]
    return (
        f"module {row['name']} (a, b, {third[0]}sum, carry);\n"
        f"  input [{width - 1}:0] a, b{', c' if third[0] else ''};"
        f" output [{width - 1}:0] sum, carry;\n"
        f"  genvar i; generate for (i = 0; i < {width}; i = i + 1) begin : bits\n"
        f"    {FULL} adder (.A(a[i]), .B(b[i]), .C({third[1]}), .S(sum[i]), .D(carry[i]));"
        "\n  end endgenerate\nendmodule\n"
    )


def adder_kinds(module: dict[str, Any]) -> dict[str, str]:
    """What becomes of each adder: a full adder's cell, a half adder's, or logic."""
    used: Counter[int | str] = Counter()
    for port in module["ports"].values():
        if port["direction"] == "output":
            used.update(port["bits"])
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            outputs = ("S", "D") if cell["type"] == FULL else _outputs_of(cell)
            if port not in outputs:
                used.update(bits)
    kinds = {}
    for label, cell in module["cells"].items():
        if cell["type"] != FULL:
            continue
        inputs = [cell["connections"][pin][0] for pin in "ABC"]
        constants = [bit for bit in inputs if isinstance(bit, str)]
        whole = all(used[cell["connections"][pin][0]] for pin in "SD")
        if not whole or len(set(inputs)) < 3 or len(constants) > 1 or "1" in constants:
            kinds[label] = LOGIC
        else:
            kinds[label] = HALF if constants else FULL
    return kinds


def _outputs_of(cell: dict[str, Any]) -> list[str]:
    return [port for port, way in cell.get("port_directions", {}).items() if way == "output"]

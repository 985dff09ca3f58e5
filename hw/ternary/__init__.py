"""Ternary GEMM cores: matrices of weights -1, 0, +1 times integer activations.

Three cores behind one interface: `TernaryLut` looks sums of a group of activations up in a table
that it builds on the fly, `TernarySignflip` adds or subtracts each activation, `TernaryMultiplier`
multiplies. Method and notation: Geens, Heldens, Dumoulin, Verhelst, arXiv 2604.25183.
"""

from hw.ternary.choices import Loop, PackingName, Scale, Style
from hw.ternary.complex import ComplexLut
from hw.ternary.configuration import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
)
from hw.ternary.core import Core
from hw.ternary.core_ports import flags
from hw.ternary.exit import Exit
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.packing import PACKINGS, Packing
from hw.ternary.parts import PARTS
from hw.ternary.schedule import check_product, check_skipping, schedule
from hw.ternary.sequencer import Sequencer, command_shape
from hw.ternary.top import ScaledCore, component, meanings, signature
from hw.ternary.workload import Workload

#: The units of the family, in the order in which they are told.
UNITS = (TernaryLut, TernarySignflip, TernaryMultiplier, ComplexLut)

__all__ = [
    "PACKINGS",
    "PARTS",
    "UNITS",
    "ComplexLut",
    "Core",
    "Exit",
    "ExitPlan",
    "Loop",
    "Packing",
    "PackingName",
    "Scale",
    "ScaledCore",
    "Sequencer",
    "Style",
    "TernaryConfiguration",
    "TernaryLut",
    "TernaryMultiplier",
    "TernarySignflip",
    "Workload",
    "check_product",
    "check_skipping",
    "command_shape",
    "component",
    "flags",
    "meanings",
    "schedule",
    "signature",
]

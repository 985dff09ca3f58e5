"""Ternary GEMM cores: matrices of weights -1, 0, +1 times integer activations.

Three cores behind one interface: `TernaryLut` looks sums of a group of activations up in a table
that it builds on the fly, `TernarySignflip` adds or subtracts each activation, `TernaryMultiplier`
multiplies. Method and notation: Geens, Heldens, Dumoulin, Verhelst, arXiv 2604.25183.
"""

from hw.ternary.complex import ComplexLut
from hw.ternary.configuration import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
)
from hw.ternary.core import PARTS, Core
from hw.ternary.exit import Exit
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.packing import PACKINGS, Packing
from hw.ternary.sequencer import Sequencer, command_shape
from hw.ternary.top import ScaledCore, component, meanings, signature
from hw.ternary.workload import Workload

__all__ = [
    "PACKINGS",
    "PARTS",
    "ComplexLut",
    "Core",
    "Exit",
    "ExitPlan",
    "Packing",
    "ScaledCore",
    "Sequencer",
    "TernaryConfiguration",
    "TernaryLut",
    "TernaryMultiplier",
    "TernarySignflip",
    "Workload",
    "command_shape",
    "component",
    "meanings",
    "signature",
]

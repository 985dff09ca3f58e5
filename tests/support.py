"""What the tests of simulations share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from hw.formats import Integer
from hw.ternary import TernaryConfiguration, TernaryLut, Workload
from sim.ternary.product import Product

# In a process of its own, because Yosys ends the process that it runs in when something is wrong.
_YOSYS = """
import sys
from pyosys import libyosys as yosys
design = yosys.Design()
for command in sys.argv[1:]:
    yosys.Pass.call(design, command)
"""


def run_yosys(commands: Sequence[str], timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """Run commands of Yosys; what it printed is in the answer."""
    return subprocess.run(
        [sys.executable, "-c", _YOSYS, *commands],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def small_core(**changes: Any) -> TernaryLut:
    """A small LUT core with both registers and a sequencer; few simulators serve many tests."""
    settings: dict[str, Any] = {
        "group": 2,
        "luts": 2,
        "columns": 3,
        "activation": Integer.parse("int8"),
        "table_register": True,
        "reduce_register": True,
        "sequencer": True,
        "workload": Workload(inputs=40, outputs=20, batch=8, bias_limit=1000),
    }
    return TernaryLut(**(settings | changes))


def product(
    configuration: TernaryConfiguration,
    shape: tuple[int, int, int],
    *,
    weight: int | None = None,
    activation: int | None = None,
    seed: int = 0,
) -> Product:
    """A product of (inputs, outputs, batch): random, or of one weight or one activation."""
    rng = np.random.default_rng(seed)
    inputs, outputs, batch = shape
    low, high = configuration.operand.minimum, configuration.operand.maximum
    limit = configuration.workload.bias_limit
    activations = rng.integers(low, high, (batch, inputs), endpoint=True)
    weights = rng.integers(-1, 1, (inputs, outputs), endpoint=True)
    if activation is not None:
        activations[:] = activation
    if weight is not None:
        weights[:] = weight
    return Product(activations, weights, rng.integers(-limit, limit, outputs, endpoint=True))

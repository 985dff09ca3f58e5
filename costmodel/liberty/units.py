"""Units of a Liberty file: what its header says its figures are multiplied by."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from costmodel.liberty.syntax import words
from costmodel.liberty.text import LibertyFile, attribute

__all__ = ["Units"]

_TIME_PS = {"fs": 1e-3, "ps": 1.0, "ns": 1e3, "us": 1e6}
_LOAD_FF = {"fF": 1.0, "pF": 1e3}
_POWER_NW = {"pW": 1e-3, "nW": 1.0, "uW": 1e3, "mW": 1e6, "W": 1e9}
_VOLTAGE_V = {"mV": 1e-3, "V": 1.0}
_DEFAULTS = {"leakage_power_unit": "1nW", "voltage_unit": "1V"}  # of what a file may leave out


@dataclass(frozen=True)
class Units:
    """What a file's figures are multiplied by to be in ps, fF, nW and V."""

    time_ps: float
    load_ff: float
    leakage_nw: float
    voltage_v: float

    @property
    def energy_fj(self) -> float:
        """Of internal power: the unit of capacitance times that of voltage, squared."""
        return self.load_ff * self.voltage_v**2

    @classmethod
    def of(cls, file: LibertyFile, warn: Callable[[str], None]) -> Units:
        """The units in a file's header.

        Args:
            file: the library.
            warn: is told of a unit that is missing and has a value in its place.

        Raises:
            RequestError: one is missing that has none, or is none.
        """
        load = file.library.complex.get("capacitive_load_unit")
        texts = {"capacitive_load_unit": None if load is None else "".join(words(load))}
        for name in ("time_unit", "leakage_power_unit", "voltage_unit"):
            texts[name] = attribute(file.library, name)
        for name, default in _DEFAULTS.items():
            if texts[name] is None:
                texts[name] = default
                reason = f"the library states no {name}: {default} is taken, as timers take it"
                warn(str(file.fault(file.library, reason)))
        return cls(
            time_ps=_factor(file, "time_unit", texts["time_unit"], _TIME_PS),
            load_ff=_factor(file, "capacitive_load_unit", texts["capacitive_load_unit"], _LOAD_FF),
            leakage_nw=_factor(file, "leakage_power_unit", texts["leakage_power_unit"], _POWER_NW),
            voltage_v=_factor(file, "voltage_unit", texts["voltage_unit"], _VOLTAGE_V),
        )


def _factor(file: LibertyFile, name: str, text: str | None, known: dict[str, float]) -> float:
    allowed = f"it must be a number from 0.001 to 1000 and {', '.join(known)}"
    if text is None:
        raise file.fault(file.library, f"the library states no {name}: {allowed}")
    match = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?)\s*([a-z]+)", text, re.IGNORECASE)
    factors = {unit.lower(): factor for unit, factor in known.items()}
    try:
        number = float(match[1]) if match else 0.0
    except ValueError:
        number = 0.0
    if match is None or match[2].lower() not in factors or not 1e-3 <= number <= 1e3:
        raise file.fault(file.library, f"{name} = {text} is not allowed: {allowed}")
    return number * factors[match[2].lower()]

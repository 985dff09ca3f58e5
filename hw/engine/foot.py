"""The foot of a column: where a finished sum is normalised and rounded, once."""

from __future__ import annotations

from functools import partial
from typing import Any

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Encoder, float_fields
from hw.codec.shapes import signed_range
from hw.engine.configuration import MatrixEngine
from hw.fma import Fma
from hw.fma.ports import sum_shape
from hw.modules import Modules

__all__ = ["Foot"]


class Foot(wiring.Component):
    """Rounds a finished sum to the format of results; combinational.

    Args:
        configuration: of an engine whose results have a format.

    Ports:
        sum: as it leaves the last element.
        finished: the sum is; else it is passed on as it is (only where sums may enter).
        result: the code, or the sum.
    """

    def __init__(self, configuration: MatrixEngine) -> None:
        self._configuration = c = configuration
        ports = {"sum": In(c.sum_bits), "result": Out(c.result_bits)}
        super().__init__(ports | ({"finished": In(1)} if c.keeps_sums else {}))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self
        form = c.result_format
        assert form is not None
        if c.fused is None:
            width, exponents, parts = self._of_integer(m, ports.sum)
        elif c.fused.sum_format is None:
            width, exponents, parts = self._of_raw(m, c.fused, ports.sum)
        else:
            width, exponents, parts = self._of_float(m, c.fused, ports.sum)
        encoder = partial(Encoder, form, width, exponents)
        code = platform.place(m, "encoder", "encoder", encoder, **parts).code
        m.d.comb += ports.result.eq(Mux(ports.finished, code, ports.sum) if c.keeps_sums else code)
        return m

    def _of_integer(self, m: Module, total: Value) -> tuple[int, tuple[int, int], dict[str, Value]]:
        """Width, exponents and inputs of an encoder of integers."""
        sums = self._configuration.integer_sums
        sign = total[-1] if sums.signed else Const(0, 1)
        magnitude = Signal(sums.bits)
        m.d.comb += magnitude.eq(
            (total ^ sign.replicate(sums.bits)) + sign if sums.signed else total
        )
        parts: dict[str, Value] = {"sign": sign, "magnitude": magnitude}
        parts |= dict.fromkeys(("sticky", "nan", "infinity"), Const(0, 1))
        return sums.bits, (0, 0), parts

    def _of_raw(
        self, m: Module, fused: Fma, total: Value
    ) -> tuple[int, tuple[int, int], dict[str, Value]]:
        """The same of sums that are not normalised; infinities of both signs are NaN."""
        raw = fused.raw
        fields: Any = data.View(sum_shape(fused), total)
        noted = {name: fields[name] for name in fused.specials}
        positive, negative = (noted.get(name, Const(0, 1)) for name in ("positive", "negative"))
        infinity, nan, sign = Signal(), Signal(), Signal()
        m.d.comb += [
            infinity.eq(positive | negative),
            nan.eq(noted.get("nan", Const(0, 1)) | positive & negative),
            sign.eq(Mux(infinity, negative, fields.sign)),
        ]
        exponents = (raw.unit, raw.unit + (1 << raw.exponent_bits) - 1)
        parts = {"sign": sign, "magnitude": fields.significand, "nan": nan, "infinity": infinity}
        parts |= {"exponent": _exponent(m, fields.exponent + raw.unit, exponents)}
        parts |= {"sticky": Const(0, 1)}
        return raw.bits, exponents, parts

    def _of_float(
        self, m: Module, fused: Fma, total: Value
    ) -> tuple[int, tuple[int, int], dict[str, Value]]:
        """The same of a float's codes."""
        form = fused.sum_format
        assert form is not None
        significand = Signal(form.significand_bits)
        number = float_fields(m, form, total, significand)
        parts = {name: getattr(number, name) for name in ("sign", "nan", "infinity")}
        parts |= {"magnitude": significand, "sticky": Const(0, 1)}
        low, high = form.exponents
        if low != high:
            weight = number.exponent + (low - number.offset)
            parts["exponent"] = _exponent(m, weight, (low, high))
        return form.significand_bits, (low, high), parts


def _exponent(m: Module, weight: Value, ends: tuple[int, int]) -> Signal:
    """The weight of a sum's last bit, as wide as between these ends."""
    exponent = Signal(signed_range(*ends))
    m.d.comb += exponent.eq(weight)
    return exponent

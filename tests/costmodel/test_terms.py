"""What parts are made of: every module has one, every quantity exists, and costs are linear."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.model.parts import ONE, part_of
from costmodel.model.rows import read_rows
from costmodel.model.terms import cost, terms
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import inventory
from costmodel.ternary.parts import PARTS
from costmodel.ternary.quantities import modules_of
from hw.ternary import parts
from tests.costmodel.measured_designs import CALIBRATION, drawn, planted


def test_every_module_has_a_part() -> None:
    for module in parts.PARTS:
        assert part_of(PARTS, module) in PARTS
    for module in inventory(BASIS.columns_of_rows(drawn())).modules:
        assert part_of(PARTS, module) in PARTS
    for path in CALIBRATION.glob("*.csv"):
        for row in read_rows(path, BASIS):
            assert {part_of(PARTS, module) for module in row["area_parts"]} <= set(PARTS)


@pytest.mark.parametrize("module", ["lanes", "tables/heap"])
def test_unknown_modules_are_not_priced(module: str) -> None:
    with pytest.raises(LookupError, match=f"has a module '{module}'"):
        part_of(PARTS, module)


def test_every_quantity_exists() -> None:
    """A misspelt one would be an area of zero."""
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    for name, part in PARTS.items():
        for term in (*part.terms, *part.working):
            known = {ONE, *modules[term.module].quantities}
            assert set(term.quantities) <= known, (name, term.module)


def test_every_term_is_in_some_design() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    for working in (False, True):
        for part, content in PARTS.items():
            for term in terms(part, content, modules, working=working):
                shares = [term.count * number for number in term.quantities.values()]
                assert any(map(np.any, shares)), part


def test_costs_are_the_plain_sums() -> None:
    """Of coefficient times quantity times count, term by term in no clever order."""
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    area, energy, _ = planted()
    for prices, working in ((area, False), (energy["fixed"], True)):
        by_name = {}
        for part in PARTS:
            plain = np.zeros(len(drawn()))
            for term in terms(part, PARTS[part], modules, working=working):
                for name, quantity in term.quantities.items():
                    plain += prices[name] * term.count * quantity
            by_name[part] = plain
            total = cost({part: PARTS[part]}, modules, prices, working=working)
            np.testing.assert_allclose(total, plain, rtol=1e-12)
            assert plain.any()
        shares = {part: float(i) for i, part in enumerate(PARTS)}
        whole = sum(share * by_name[part] for part, share in shares.items())
        np.testing.assert_allclose(
            cost(PARTS, modules, prices, shares=shares, working=working), whole, rtol=1e-12
        )


def test_costs_are_linear() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    one, other = planted(1)[0], planted(2)[0]
    mixed = {name: 2 * one[name] + 5 * other[name] for name in one}
    apart = 2 * cost(PARTS, modules, one) + 5 * cost(PARTS, modules, other)
    np.testing.assert_allclose(cost(PARTS, modules, mixed), apart, rtol=1e-12)
    assert not np.any(cost(PARTS, modules, {}))


def test_quantities_are_not_used_up() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    prices = planted()[0]
    first = cost(PARTS, modules, prices).copy()
    assert (cost(PARTS, modules, prices) == first).all()

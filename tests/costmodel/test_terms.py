"""Regressions: every module has one and is told by its part, quantities exist, costs are linear."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.model.regressions import ONE, by_part, regression_of
from costmodel.model.rows import read_rows
from costmodel.model.terms import cost, terms
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import inventory
from costmodel.ternary.quantities import modules_of
from costmodel.ternary.regressions import REGRESSIONS, STAND_INS
from hw.ternary import parts
from tests.costmodel.measured_designs import CALIBRATION, drawn, planted


def test_every_module_has_a_regression() -> None:
    for module in parts.PARTS:
        assert regression_of(REGRESSIONS, module) in REGRESSIONS
    for module in inventory(BASIS.columns_of_rows(drawn())).modules:
        assert regression_of(REGRESSIONS, module) in REGRESSIONS
    for path in CALIBRATION.glob("*.csv"):
        for row in read_rows(path, BASIS):
            assert {regression_of(REGRESSIONS, module) for module in row["area_parts"]} <= set(
                REGRESSIONS
            )


def test_parts_are_those_of_the_circuits() -> None:
    """Every term is told once, by a part that synthesis tells too; nothing is named that is not."""
    for working in (False, True):
        split_terms = by_part(REGRESSIONS, parts.PARTS, STAND_INS, working=working)
        assert set(split_terms) == set(parts.PARTS.values())
        for name, content in REGRESSIONS.items():
            split = [chosen[name].terms for chosen in split_terms.values() if name in chosen]
            terms_told = [term for chosen in split for term in chosen]
            terms_held = content.working if working and content.working else content.terms
            assert sorted(terms_told, key=repr) == sorted(terms_held, key=repr)
    counted = {term.module for r in REGRESSIONS.values() for term in (*r.terms, *r.working)}
    assert set(STAND_INS) <= counted - set(parts.PARTS)
    assert set(STAND_INS.values()) <= set(parts.PARTS)


def test_adders_heaps_and_the_exit_are_told_by_what_they_are_for() -> None:
    area = by_part(REGRESSIONS, parts.PARTS, STAND_INS, working=False)
    assert {part for part in area if "adder" in area[part]} == {"table", "reduce", "accumulate"}
    assert [term.module for term in area["reduce"]["column"].terms] == ["column/heap"]
    assert "exit" not in {term.module for term in area["control"]["control"].terms}
    assert list(area["select"]) == ["select", "multiply"]


def test_a_term_of_no_part_is_not_told() -> None:
    with pytest.raises(LookupError, match="which part of a circuit 'heap_terms' is of"):
        by_part(REGRESSIONS, parts.PARTS, {}, working=True)


@pytest.mark.parametrize("module", ["lanes", "tables/heap"])
def test_unknown_modules_are_not_priced(module: str) -> None:
    with pytest.raises(
        LookupError, match=f"no regression of the cost model has a module '{module}'"
    ):
        regression_of(REGRESSIONS, module)


def test_every_quantity_exists() -> None:
    """A misspelt one would be an area of zero."""
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    for name, content in REGRESSIONS.items():
        for term in (*content.terms, *content.working):
            known = {ONE, *modules[term.module].quantities}
            assert set(term.quantities) <= known, (name, term.module)


def test_every_term_is_in_some_design() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    for working in (False, True):
        for name, content in REGRESSIONS.items():
            for term in terms(name, content, modules, working=working):
                shares = [term.count * number for number in term.quantities.values()]
                assert any(map(np.any, shares)), name


def test_costs_are_the_plain_sums() -> None:
    """Of coefficient times quantity times count, term by term in no clever order."""
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    area, energy, _ = planted()
    for prices, working in ((area, False), (energy["fixed"], True)):
        by_name = {}
        for regression in REGRESSIONS:
            plain = np.zeros(len(drawn()))
            for term in terms(regression, REGRESSIONS[regression], modules, working=working):
                for name, quantity in term.quantities.items():
                    plain += prices[name] * term.count * quantity
            by_name[regression] = plain
            total = cost({regression: REGRESSIONS[regression]}, modules, prices, working=working)
            np.testing.assert_allclose(total, plain, rtol=1e-12)
            assert plain.any()
        shares = {name: float(i) for i, name in enumerate(REGRESSIONS)}
        whole = sum(share * by_name[name] for name, share in shares.items())
        np.testing.assert_allclose(
            cost(REGRESSIONS, modules, prices, shares=shares, working=working), whole, rtol=1e-12
        )


def test_costs_are_linear() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    one, other = planted(1)[0], planted(2)[0]
    mixed = {name: 2 * one[name] + 5 * other[name] for name in one}
    apart = 2 * cost(REGRESSIONS, modules, one) + 5 * cost(REGRESSIONS, modules, other)
    np.testing.assert_allclose(cost(REGRESSIONS, modules, mixed), apart, rtol=1e-12)
    assert not np.any(cost(REGRESSIONS, modules, {}))


def test_quantities_are_not_used_up() -> None:
    modules = modules_of(inventory(BASIS.columns_of_rows(drawn())))
    prices = planted()[0]
    first = cost(REGRESSIONS, modules, prices).copy()
    assert (cost(REGRESSIONS, modules, prices) == first).all()

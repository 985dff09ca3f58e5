"""Networks: the digits through the hardware of every layer, and a layer of a real model's size."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np

from macsmith.design import load_design
from macsmith.ternary.core import ternary_core
from sim.simulate import random_work, simulate, simulate_dataset
from sim.ternary.network import accuracy, load_network, requantize


def test_digits_are_classified_by_the_hardware() -> None:
    """All held-out images, all layers, all integers; the accuracy is the hardware's."""
    design = load_design("digits")
    assert design.data is not None
    network = load_network(design.data)
    assert network.labels is not None
    assert len(network.labels) >= 360
    simulations = simulate_dataset(design.configuration, network)
    assert len(simulations) == len(network.layers) == 3
    for simulation in simulations:
        assert simulation.faults == ()
        assert simulation.mismatches == 0
        assert simulation.checked >= 360
    assert accuracy(simulations[-1].results[0], network.labels) >= 0.95


def test_digits_are_held_out() -> None:
    """The images of the data file are those that the training never saw."""
    design = load_design("digits")
    assert design.data is not None
    network = load_network(design.data)
    inputs = [layer.weights.shape for layer in network.layers]
    assert inputs == [(64, 96), (96, 48), (48, 10)]
    assert len(np.unique(network.activations, axis=0)) == len(network.activations)


def test_a_layer_of_a_real_model() -> None:
    """One token through a layer of 2560 x 6912, 42 % zeros, on a tile of 32 x 32."""
    configuration = ternary_core(load_design("ternary-int8-32x32").configuration)
    (product,) = random_work(configuration, 1, seed=0)
    assert product.shape == (2560, 6912, 1)
    assert abs(np.mean(product.weights == 0) - 0.42) < 0.001
    simulation = simulate(configuration, [product])
    assert simulation.faults == ()
    assert simulation.cycles == configuration.cycles(product.shape) == 80 * 216 + 1
    expected = product.activations.astype(np.int64) @ product.weights.astype(np.int64)
    np.testing.assert_array_equal(simulation.results[0], expected + product.bias)


def test_requantize_rounds_halves_up() -> None:
    """Against exact rationals, a row without a positive sum included."""
    rng = np.random.default_rng(0)
    sums = np.concatenate([rng.integers(-1000, 1000, (200, 7)), np.full((1, 7), -3), [[0] * 7]])
    for row, result in zip(sums, requantize(sums, 127), strict=True):
        peak = max(*row, 1)
        wanted = [floor(Fraction(127 * max(int(x), 0), int(peak)) + Fraction(1, 2)) for x in row]
        assert result.tolist() == wanted


def test_accuracy_takes_the_first_maximum() -> None:
    sums = np.array([[1, 5, 5], [0, 0, 0], [9, 1, 2]])
    assert accuracy(sums, np.array([1, 0, 2])) == 2 / 3

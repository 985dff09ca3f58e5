"""Train a ternary-weight, INT8-activation network on the UCI handwritten digits.

The network is a 64 -> 96 -> 48 -> 10 perceptron for the 8x8 images that scikit-learn ships
(`sklearn.datasets.load_digits`: 1797 images, pixels 0..16). It is meant for a ternary GEMM
accelerator: the matrix products are exact integer work, what lies between them is cheap.

Integer inference, the contract that this script and every user of its output follow:

    x[0]   = pixels as int8 (0..16)
    h[i]   = x[i] @ weights[i] + bias[i]         int32; weights in {-1, 0, +1}
    r      = max(h[i], 0);  m = max(1, largest r of the row)
    x[i+1] = (254 * r + m) // (2 * m)            int8 in 0..127: 127 * r / m, halves rounded up
    class  = argmax(h[last])                     the first maximum wins

Both quantisers are those of BitNet b1.58 (Ma et al., "The Era of 1-bit LLMs: All Large Language
Models are in 1.58 Bits", arXiv 2402.17764): weights by absmean, clip(round(W / mean|W|), -1, +1),
and activations by absmax per token, which here is per image and after a ReLU. Gradients pass both
straight through, to latent float weights. The float scale of a layer (mean|W| over the full scale
of its input) is needed for training only: neither the requantiser nor the argmax can see it, and
the bias is rounded in units of it. The forward pass of the training is the integer inference
itself, so that nothing is converted afterwards.

Split: 360 images are held out (stratified, random_state=0) and play no part until the file is
written. Of the other 1437, 180 are the validation part, which alone chooses the epoch and the
restart that is kept; 1257 are trained on, in every epoch a random quarter of them shifted by up
to one pixel. The settings in `Recipe` come from cross-validation within the 1437.

Run, from the root of the repository:

    python designs/digits/train.py

With the default seed it prints a held-out accuracy of 97.50 % (351 of 360).
"""

# scikit-learn and threadpoolctl come without type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
LabelArray = npt.NDArray[np.uint8]
IndexArray = npt.NDArray[np.int64]

SIZES: Final = (64, 96, 48, 10)
IMAGE_SIDE: Final = 8
PIXEL_FULL_SCALE: Final = 16
ACTIVATION_FULL_SCALE: Final = 127
HELD_OUT_IMAGES: Final = 360
VALIDATION_IMAGES: Final = 180
SPLIT_RANDOM_STATE: Final = 0


class Layer(NamedTuple):
    """One layer of the integer network.

    Attributes:
        weights: [inputs, outputs], values -1, 0 and +1.
        bias: [outputs], in units of the layer's accumulator.
    """

    weights: Int8Array
    bias: Int32Array


class Digits(NamedTuple):
    """Images and what they show.

    Attributes:
        pixels: [images, 64], 0..16, row by row.
        labels: [images], 0..9.
    """

    pixels: Int8Array
    labels: LabelArray


class Score(NamedTuple):
    """How well a network does on a set of images; the larger of two scores is the better.

    Attributes:
        accuracy: Fraction of the images that are classified correctly, 0..1.
        log_likelihood: Mean log probability of the right class, in nats; it breaks ties.
    """

    accuracy: float
    log_likelihood: float


class Splits(NamedTuple):
    """The three disjoint parts of the data set."""

    training: Digits
    validation: Digits
    held_out: Digits


@dataclass(frozen=True, slots=True)
class Recipe:
    """What governs the training.

    Attributes:
        restarts: Independent trainings, of which the best on the validation part is kept.
        epochs: Passes over the training part, per restart.
        batch: Images per step.
        rate: Step size of Adam at the start; it falls to zero along half a cosine.
        logit_gain: Factor on the last layer's float outputs before the softmax.
        shifts: Fraction of the images of an epoch for which a shift is drawn.
    """

    restarts: int = 6
    epochs: int = 200
    batch: int = 64
    rate: float = 1e-2
    logit_gain: float = 2.0
    shifts: float = 0.25


@dataclass(frozen=True, slots=True)
class LatentLayer:
    """The float parameters behind one integer layer; the optimiser updates them in place.

    Attributes:
        weights: [inputs, outputs].
        bias: [outputs], in units of the layer's float output.
        input_full_scale: The integer that stands for an input of 1.0.
    """

    weights: FloatArray
    bias: FloatArray
    input_full_scale: int

    def gamma(self) -> float:
        """Return the absmean of the weights: the float value of a ternary one."""
        return float(np.mean(np.abs(self.weights)))

    def scale(self) -> float:
        """Return the float value of one unit of the layer's integer accumulator."""
        return self.gamma() / self.input_full_scale

    def quantise(self) -> Layer:
        """Return the integer layer: ternary weights, and the bias in accumulator units."""
        ternary = np.clip(np.rint(self.weights / self.gamma()), -1, 1)
        return Layer(ternary.astype(np.int8), np.rint(self.bias / self.scale()).astype(np.int32))


class Adam:
    """Adam (Kingma and Ba, arXiv 1412.6980) on a fixed list of arrays, without weight decay."""

    def __init__(self, parameters: Sequence[FloatArray]) -> None:
        """Start with zero moments.

        Args:
            parameters: The arrays to optimise; `step` updates them in place.
        """
        self._parameters = parameters
        self._first = [np.zeros_like(parameter) for parameter in parameters]
        self._second = [np.zeros_like(parameter) for parameter in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[FloatArray], rate: float) -> None:
        """Take one step.

        Args:
            gradients: Of the loss, one for each parameter and of its shape.
            rate: Step size.
        """
        beta1, beta2, epsilon = 0.9, 0.999, 1e-8
        self._steps += 1
        self._first = [
            beta1 * moment + (1 - beta1) * gradient
            for moment, gradient in zip(self._first, gradients, strict=True)
        ]
        self._second = [
            beta2 * moment + (1 - beta2) * gradient**2
            for moment, gradient in zip(self._second, gradients, strict=True)
        ]
        for parameter, first, second in zip(
            self._parameters, self._first, self._second, strict=True
        ):
            mean = first / (1 - beta1**self._steps)
            deviation = np.sqrt(second / (1 - beta2**self._steps))
            np.subtract(parameter, rate * mean / (deviation + epsilon), out=parameter)


def accumulate(activations: Int8Array, layer: Layer) -> Int32Array:
    """Return one layer's accumulators, exact: [images, inputs] gives [images, outputs]."""
    return activations.astype(np.int32) @ layer.weights.astype(np.int32) + layer.bias


def row_maxima(accumulators: Int32Array) -> Int32Array:
    """Return the largest value of each row, at least 1: [images, n] gives [images, 1]."""
    return np.maximum(accumulators.max(axis=1, keepdims=True), 1)


def requantise(accumulators: Int32Array) -> Int8Array:
    """Return the rows of [images, n] after the ReLU and the absmax quantiser: 0..127."""
    rectified = np.maximum(accumulators, 0)
    maxima = row_maxima(accumulators)
    return ((2 * ACTIVATION_FULL_SCALE * rectified + maxima) // (2 * maxima)).astype(np.int8)


def forward(pixels: Int8Array, layers: Sequence[Layer]) -> tuple[list[Int8Array], list[Int32Array]]:
    """Run the integer network.

    Args:
        pixels: [images, 64], 0..16.
        layers: From the first to the last.

    Returns:
        Each layer's input, [images, inputs], and its accumulators, [images, outputs].
    """
    inputs: list[Int8Array] = []
    accumulators: list[Int32Array] = []
    for layer in layers:
        inputs.append(requantise(accumulators[-1]) if accumulators else pixels)
        accumulators.append(accumulate(inputs[-1], layer))
    return inputs, accumulators


def accuracy_of(accumulators: Int32Array, labels: LabelArray) -> float:
    """Return the fraction, 0..1, of the rows of [images, 10] whose first maximum is the label."""
    return float(np.mean(np.equal(accumulators.argmax(axis=1), labels)))


def log_softmax(logits: FloatArray) -> FloatArray:
    """Return the log probabilities, in nats, of each row of [images, 10]."""
    below_best = logits - logits.max(axis=1, keepdims=True)
    return below_best - np.log(np.exp(below_best).sum(axis=1, keepdims=True))


def logits_of(accumulators: Int32Array, last: LatentLayer, recipe: Recipe) -> FloatArray:
    """Return what goes into the softmax, in nats, for the last layer's [images, 10]."""
    return accumulators.astype(np.float64) * (recipe.logit_gain * last.scale())


def score_of(network: Sequence[LatentLayer], digits: Digits, recipe: Recipe) -> Score:
    """Return the score of the integer network behind latent layers on a set of images."""
    _, accumulators = forward(digits.pixels, [latent.quantise() for latent in network])
    log_probabilities = log_softmax(logits_of(accumulators[-1], network[-1], recipe))
    right = log_probabilities[np.arange(len(digits.labels)), digits.labels]
    return Score(accuracy_of(accumulators[-1], digits.labels), float(np.mean(right)))


def output_gradient(logits: FloatArray, labels: LabelArray) -> FloatArray:
    """Return the gradient of the mean cross-entropy.

    Args:
        logits: [images, 10], in nats.
        labels: [images], 0..9.

    Returns:
        [images, 10], by logit.
    """
    target = np.eye(logits.shape[1])[labels]
    return (np.exp(log_softmax(logits)) - target) / len(labels)


def through_requantiser(gradient: FloatArray, accumulators: Int32Array, scale: float) -> FloatArray:
    """Carry a gradient back through the requantiser, straight through its rounding.

    Without the rounding it is y = relu(h) / max(relu(h)), whose divisor depends on h as well.

    Args:
        gradient: [images, n], by y, the next layer's float input.
        accumulators: [images, n], the requantiser's integer input.
        scale: Float value of one accumulator unit.

    Returns:
        [images, n], by h, the float value of the accumulators.
    """
    maxima = row_maxima(accumulators)
    normalised = np.maximum(accumulators, 0) / maxima
    by_divisor = np.sum(gradient * normalised, axis=1)
    result = gradient.copy()
    result[np.arange(len(result)), np.argmax(accumulators, axis=1)] -= by_divisor
    return np.where(accumulators > 0, result / (maxima * scale), 0.0)


def gradients_of(
    network: Sequence[LatentLayer], digits: Digits, recipe: Recipe
) -> list[FloatArray]:
    """Return the gradients of the loss on a batch, in the order of `parameters_of`."""
    layers = [latent.quantise() for latent in network]
    inputs, accumulators = forward(digits.pixels, layers)
    logits = logits_of(accumulators[-1], network[-1], recipe)
    gradient = recipe.logit_gain * output_gradient(logits, digits.labels)
    by_layer: list[list[FloatArray]] = []
    for index in reversed(range(len(network))):
        latent = network[index]
        by_weights = (inputs[index] / latent.input_full_scale).T @ gradient
        by_layer.append([by_weights, gradient.sum(axis=0)])
        if index:
            by_input = gradient @ (latent.gamma() * layers[index].weights.T)
            below = network[index - 1].scale()
            gradient = through_requantiser(by_input, accumulators[index - 1], below)
    return [array for pair in reversed(by_layer) for array in pair]


def parameters_of(network: Sequence[LatentLayer]) -> list[FloatArray]:
    """Return the arrays to train: weights and bias of the first layer, of the second, ..."""
    return [array for latent in network for array in (latent.weights, latent.bias)]


def initial_network(rng: np.random.Generator) -> list[LatentLayer]:
    """Return latent layers of the sizes `SIZES`: He-normal weights and zero biases."""
    full_scales = [PIXEL_FULL_SCALE] + [ACTIVATION_FULL_SCALE] * (len(SIZES) - 2)
    return [
        LatentLayer(rng.normal(0.0, np.sqrt(2 / rows), (rows, columns)), np.zeros(columns), full)
        for rows, columns, full in zip(SIZES[:-1], SIZES[1:], full_scales, strict=True)
    ]


def shifted(pixels: Int8Array, share: float, rng: np.random.Generator) -> Int8Array:
    """Shift images at random by up to one pixel along both axes, zeros coming in.

    Args:
        pixels: [images, 64].
        share: Fraction of the images, 0..1, for which a shift is drawn; others stay in place.
        rng: Source of the choice and of the shifts.

    Returns:
        [images, 64].
    """
    framed = np.pad(pixels.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (IMAGE_SIDE, IMAGE_SIDE), (1, 2))
    images = np.arange(len(pixels))
    drawn = rng.integers(0, 3, (2, len(pixels)))
    down, right = np.where(rng.random(len(pixels)) < share, drawn, 1)
    return windows[images, down, right].reshape(pixels.shape)


def cosine_rate(progress: float, recipe: Recipe) -> float:
    """Return the step size at a point of the training, which runs from 0 to 1."""
    return recipe.rate * 0.5 * (1 + math.cos(math.pi * progress))


def batches_of(digits: Digits, recipe: Recipe, rng: np.random.Generator) -> list[Digits]:
    """Return the images, shuffled and some of them shifted, in batches."""
    order = rng.permutation(len(digits.labels))
    pixels, labels = shifted(digits.pixels[order], recipe.shifts, rng), digits.labels[order]
    cuts = range(recipe.batch, len(order), recipe.batch)
    parts = zip(np.split(pixels, cuts), np.split(labels, cuts), strict=True)
    return list(starmap(Digits, parts))


def train(splits: Splits, recipe: Recipe, rng: np.random.Generator) -> tuple[Score, list[Layer]]:
    """Train one network from scratch.

    Args:
        splits: Of which the training and the validation part are used.
        recipe: What governs the training.
        rng: Source of the initial weights, the order of the images and their shifts.

    Returns:
        The integer network of the best epoch, and its score on the validation part.
    """
    network = initial_network(rng)
    optimiser = Adam(parameters_of(network))
    best = score_of(network, splits.validation, recipe), [layer.quantise() for layer in network]
    for epoch in range(recipe.epochs):
        rate = cosine_rate(epoch / recipe.epochs, recipe)
        for batch in batches_of(splits.training, recipe, rng):
            optimiser.step(gradients_of(network, batch, recipe), rate)
        score = score_of(network, splits.validation, recipe)
        if score > best[0]:
            best = score, [layer.quantise() for layer in network]
    return best


def train_best(splits: Splits, recipe: Recipe, seed: int) -> list[Layer]:
    """Return the one of `recipe.restarts` newly trained networks that validates best."""
    results: list[tuple[Score, list[Layer]]] = []
    for restart, rng in enumerate(np.random.default_rng(seed).spawn(recipe.restarts)):
        score, layers = train(splits, recipe, rng)
        results.append((score, layers))
        report(f"restart {restart}: validation accuracy {score.accuracy:.2%}")
    return max(results, key=itemgetter(0))[1]


def split_off(digits: Digits, count: int) -> tuple[Digits, Digits]:
    """Return the rest and a random part of `count` images, stratified by label."""
    parts = train_test_split(
        np.arange(len(digits.labels)),
        test_size=count,
        stratify=digits.labels,
        random_state=SPLIT_RANDOM_STATE,
    )
    rest, part = cast("list[IndexArray]", parts)
    return (
        Digits(digits.pixels[rest], digits.labels[rest]),
        Digits(digits.pixels[part], digits.labels[part]),
    )


def load_splits() -> Splits:
    """Return the data set that ships with scikit-learn, split in three."""
    pixels, labels = cast("tuple[FloatArray, IndexArray]", load_digits(return_X_y=True))
    digits = Digits(pixels.astype(np.int8), labels.astype(np.uint8))
    development, held_out = split_off(digits, HELD_OUT_IMAGES)
    training, validation = split_off(development, VALIDATION_IMAGES)
    return Splits(training, validation, held_out)


def save(output: Path, held_out: Digits, layers: Sequence[Layer]) -> None:
    """Write the held-out images and the network, atomically, as a compressed .npz file.

    Args:
        output: File to write or to replace; its folder must exist.
        held_out: Written as `activations` and `labels`.
        layers: Written as `weights0`, `bias0`, `weights1`, ...
    """
    arrays = {"activations": held_out.pixels, "labels": held_out.labels}
    for index, layer in enumerate(layers):
        arrays |= {f"weights{index}": layer.weights, f"bias{index}": layer.bias}
    temporary = output.with_name(output.name + ".tmp")
    with temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    temporary.replace(output)


def load(path: Path) -> tuple[Digits, list[Layer]]:
    """Return what `save` wrote: the held-out images and the network."""
    with np.load(path) as arrays:
        count = sum(name.startswith("weights") for name in arrays)
        layers = [Layer(arrays[f"weights{i}"], arrays[f"bias{i}"]) for i in range(count)]
        return Digits(arrays["activations"], arrays["labels"]), layers


def report(line: str) -> None:
    """Write one line to the standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def report_on(path: Path) -> None:
    """Evaluate a file that `save` wrote with the integer inference and report the figures."""
    held_out, layers = load(path)
    _, accumulators = forward(held_out.pixels, layers)
    for index, (layer, values) in enumerate(zip(layers, accumulators, strict=True)):
        rows, columns = layer.weights.shape
        report(
            f"layer {index}: {rows} -> {columns}, {np.mean(layer.weights == 0):.1%} zero weights, "
            f"largest |h| {np.abs(values).max()}"
        )
    report(f"held-out accuracy: {accuracy_of(accumulators[-1], held_out.labels):.2%}")


def parse_arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="Train the ternary digits network.")
    default = Path(__file__).with_name("digits.npz")
    parser.add_argument("--output", type=Path, default=default, help="file to write (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the training (%(default)s)")
    return parser.parse_args()


def main() -> None:
    """Train, write the file, read it back and report on it."""
    arguments = parse_arguments()
    with threadpool_limits(limits=1):
        splits = load_splits()
        layers = train_best(splits, Recipe(), arguments.seed)
    save(arguments.output, splits.held_out, layers)
    report_on(arguments.output)


if __name__ == "__main__":
    main()

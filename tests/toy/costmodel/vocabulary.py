"""What pictures call the adder's parameters and parts."""

from costmodel.plots.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    labels={"bits": "operand (bits)"},
    symbols={"bits": "B"},
    parts={"add": ("#0072B2", "")},
)

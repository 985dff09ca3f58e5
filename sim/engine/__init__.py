"""Golden model and bench of the matrix engines."""

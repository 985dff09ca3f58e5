"""Golden model and bench of the SIMD units."""

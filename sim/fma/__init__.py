"""Golden model and bench of the fused multiply-add units."""

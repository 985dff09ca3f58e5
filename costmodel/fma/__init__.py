"""Costs of the fused multiply-add units."""

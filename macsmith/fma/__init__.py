"""How the command line speaks of the fused multiply-add units."""

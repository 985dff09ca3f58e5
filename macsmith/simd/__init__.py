"""How the command line speaks of the SIMD units."""

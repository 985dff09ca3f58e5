"""Circuits: designs as Yosys has them, and netlists of library cells with their values."""

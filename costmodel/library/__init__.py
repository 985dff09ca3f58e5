"""The cell library: what a technology says of its cells, and the forms that tools read it in."""

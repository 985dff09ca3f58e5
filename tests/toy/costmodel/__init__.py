"""What the toy family's adder costs."""

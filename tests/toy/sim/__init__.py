"""Data and golden sums of the toy family."""

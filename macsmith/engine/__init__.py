"""The matrix engines on the command line."""

"""Around the cores: buffers, off-chip memory, and the accelerator that all of it makes."""

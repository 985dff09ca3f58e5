"""Checkpoints of models as others publish them: which layers are in them, and their weights."""

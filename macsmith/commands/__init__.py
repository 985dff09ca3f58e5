"""The commands: one short function each, its options, and what it prints."""

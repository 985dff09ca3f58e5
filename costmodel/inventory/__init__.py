"""What circuits that families share hold: bit heaps, codecs and floating-point units, counted."""

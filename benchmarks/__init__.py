"""How fast macsmith itself is: figures next to what they are measured against, in one run."""

"""The toy family at the front door."""

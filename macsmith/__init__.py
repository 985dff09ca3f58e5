"""macsmith: low-precision multiply-accumulate hardware, generated, proven and priced."""

from hw import __version__

__all__ = ["__version__"]

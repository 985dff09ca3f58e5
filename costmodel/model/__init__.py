"""The analytical cost model: fitted to measured designs, tested on others, applied to millions."""

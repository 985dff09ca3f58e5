"""Work that takes long: answers kept by content, processes with limits, pools, a cluster."""

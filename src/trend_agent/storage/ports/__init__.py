"""What the backends beside the records promise, one page per port: time series, queue, cache, objects."""

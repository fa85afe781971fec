"""What the backends beside the records promise, one page per port: vectors, time series, queue,
cache, objects."""

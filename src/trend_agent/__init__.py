"""Trend Agent: what is rising, why, how sure it is, and on what it is based."""

__version__ = "0.1.0"

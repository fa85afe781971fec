"""Log, count, trace: every room may use it, it uses none."""

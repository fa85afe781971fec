"""Python runs this at the start of every program a test starts: it watches there too."""

import os

import outside

outside.notes = os.environ.get(outside.BREACHES, "")
outside.install()

"""`python -m trend_agent.api` is `trend serve`."""

import sys

from trend_agent.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["serve"]
    main()

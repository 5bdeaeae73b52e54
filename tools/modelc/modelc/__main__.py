"""`python -m modelc`: one sentence and exit code 2 when a person can mend what went wrong."""

import sys

from .commands import main

sys.exit(main())

"""`python -m modelc`: one sentence and exit code 2 when a person can mend what went wrong."""

import sys

from .commands import main
from .fixed_addresses import fix_addresses

if sys.argv[1:2] in (["compile"], ["package"]):
    fix_addresses()
sys.exit(main())

"""`python -m talend_oauth`."""

import sys

from .cli import main

sys.exit(main())

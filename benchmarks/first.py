"""The program that gets one token with another library: `python -m benchmarks.first NAME`."""

from __future__ import annotations

import sys

from .address import Address
from .libraries import LIBRARIES

LIBRARIES[sys.argv[1]].make(Address.from_environment())[0]()

"""`python -m gridhour_agent`."""

import sys

from gridhour_agent.commands import main

sys.exit(main())

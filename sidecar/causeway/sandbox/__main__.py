import sys

from causeway.sandbox.command import main

sys.exit(main())

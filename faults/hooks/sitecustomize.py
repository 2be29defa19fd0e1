"""Python loads this by itself in processes whose PYTHONPATH leads here: the product knows nothing.

Only the fault suite starts processes so.
"""

import os

if os.environ.get("FAULTS_POINTS"):
    from faults.inside import install

    install()

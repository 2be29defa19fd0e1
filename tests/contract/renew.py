"""Writes the golden files anew from what the app answers now:  python tests/contract/renew.py

Look at the difference before you keep it: it is what shops will see.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WRITTEN_BY_HAND = {"products.json"}
sys.path.insert(0, str(HERE.parent.parent))

from tests.contract.golden import documents  # noqa: E402 - the path stands above


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = documents(Path(folder))
    known = {str(p.relative_to(HERE)) for p in HERE.rglob("*.json") if "woocommerce" not in p.parts}
    known -= WRITTEN_BY_HAND
    for name, document in made.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"renewed {name}")
    for name in sorted(known - set(made)):
        (HERE / name).unlink()
        print(f"removed {name}")
    print(f"{len(made)} golden files stand")


if __name__ == "__main__":
    main()

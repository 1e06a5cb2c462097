"""Print what pyproject.toml asks for, one requirement a line: ``python requirements.py pyproject.toml EXTRA…``."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
extras = [each for extra in sys.argv[2:] for each in project["optional-dependencies"][extra]]
print("\n".join([*project["dependencies"], *extras]))

"""Ask the service of this container how it is; exit code 1 where it does not answer."""

import sys
import urllib.request

try:
    urllib.request.urlopen("http://127.0.0.1:8000/health", timeout=3)
except OSError:
    sys.exit(1)

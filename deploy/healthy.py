"""Whether a service answers: `healthy.py URL`; or a part of Airflow, as its API says: `healthy.py URL scheduler`."""

import json
import sys
import urllib.request

url, *part = sys.argv[1:]
answer = urllib.request.urlopen(url, timeout=8).read()
if part and json.loads(answer)[part[0]]["status"] != "healthy":
    sys.exit(f"{part[0]} is not healthy")

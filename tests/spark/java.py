"""Whether a Java that Spark runs on is installed. As a program: prints why not and succeeds, or fails silently."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

_NEEDED = 17
_HOW_TO_GET_IT = "On Debian or Ubuntu: `apt-get install openjdk-17-jre-headless`; elsewhere point JAVA_HOME at one."


def why_no_java() -> str | None:
    """Why Spark cannot run here, in a sentence; None when it can."""
    told = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(told, "bin") if told else None)
    if java is None:
        return f"Spark needs Java {_NEEDED} or later, and there is none. {_HOW_TO_GET_IT}"
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < _NEEDED:
        return f"Spark needs Java {_NEEDED} or later; {java} is {said.splitlines()[0] if said else 'silent'}."
    return None


if __name__ == "__main__":
    if (reason := why_no_java()) is None:
        sys.exit(1)
    print(reason)

"""The dashboard as a process: Streamlit on loopback, for one workspace and one role."""

from __future__ import annotations

import os
import sys

from include.services.processes import running_service, start_listening
from include.workspace import PROJECT_ROOT, Workspace, state_root

PREFERRED_PORT = 8501


def dashboard_command(
    workspace: Workspace, port: int, role: str = "masked", address: str = "127.0.0.1"
) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment of a dashboard on `address`:`port` that asks nothing of the world outside."""
    options = {
        "server.address": address,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
        "server.maxUploadSize": 1,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    # A page of a stranger's that has its name point to this machine is refused.
    arguments += [f"--server.allowedHosts={host}" for host in ("127.0.0.1", "localhost")]
    environment = {
        **os.environ,
        "TIERWORKS_HOME": str(state_root()),
        "TIERWORKS_DASHBOARD_WORKSPACE": workspace.name,
        "TIERWORKS_DASHBOARD_ROLE": role,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # -P: whatever lies in the folder that the command is given in, it is this tree's package that is served.
    return [sys.executable, "-P", "-m", "include.dashboard", *arguments], environment


def start_dashboard(workspace: Workspace, role: str = "masked", port: int | None = None) -> str:
    """Start the workspace's dashboard unless it runs already; returns its address.

    Raises
    ------
    TimeoutError: it did not listen; the message quotes its log.
    """
    name = f"dashboard-{workspace.name}" + ("" if role == "masked" else f"-{role}")
    record = running_service(name)
    preferred = port or int(os.environ.get("TIERWORKS_DASHBOARD_PORT", str(PREFERRED_PORT)))
    found = (
        record["port"]
        if record
        else start_listening(name, preferred, lambda at: dashboard_command(workspace, at, role))
    )
    return f"http://127.0.0.1:{found}"


def become_dashboard(workspace: Workspace, address: str, role: str = "masked", port: int | None = None) -> None:
    """Be the dashboard from here on, as a container is: does not come back. Browsers must still call it localhost."""
    command, environment = dashboard_command(workspace, port or PREFERRED_PORT, role, address)
    os.execve(command[0], command, environment)

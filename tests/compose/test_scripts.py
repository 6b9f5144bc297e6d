"""The scripts that an operator calls: the passwords' file, the health of a part, a backup that is refused."""

import base64
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30, **options)


def _settings(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_passwords_are_made_once_and_are_the_owners_alone(tmp_path):
    first, second = tmp_path / "a.env", tmp_path / "b.env"
    for path in (first, first, second):
        before = path.read_bytes() if path.exists() else None
        assert _run(ROOT / "deploy/make-env.sh", path).returncode == 0
        assert before in (None, path.read_bytes())
        assert path.stat().st_mode & 0o777 == 0o600
    made, others = _settings(first), _settings(second)
    secrets = {name: value for name, value in made.items() if name.endswith(("PASSWORD", "KEY"))}
    assert len(secrets) == 13 and len(set(secrets.values())) == 13
    assert all(len(value) >= 44 and value != others[name] for name, value in secrets.items())
    assert len(base64.urlsafe_b64decode(made["AIRFLOW_FERNET_KEY"])) == 32


def test_what_somebody_has_set_stays_and_what_is_new_is_added(tmp_path):
    path = tmp_path / ".env"
    path.write_text("TIERWORKS_WORKSPACE=/companies/acme\nCOMPOSE_PROFILES=\n")
    path.chmod(0o644)
    assert _run(ROOT / "deploy/make-env.sh", path).returncode == 0
    assert _settings(path)["TIERWORKS_WORKSPACE"] == "/companies/acme"
    assert _settings(path)["COMPOSE_PROFILES"] == "" and "REDIS_PASSWORD" in _settings(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_passwords_file_is_kept_out_of_git():
    assert _run("git", "check-ignore", "-q", ".env", cwd=ROOT).returncode == 0


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_plain_shell_that_stops_at_a_fault(script):
    assert _run("sh", "-n", script).returncode == 0
    assert "\nset -eu\n" in script.read_text() and script.stat().st_mode & 0o111


@pytest.fixture(scope="module")
def airflow_that_says():
    states = {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}

    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health" else 503)
            self.end_headers()
            self.wfile.write(json.dumps(states).encode())

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("path", "part", "well"),
    [
        ("/health", [], True),
        ("/health", ["scheduler"], True),
        ("/health", ["triggerer"], False),
        ("/health", ["dag_processor"], False),
        ("/gone", [], False),
    ],
)
def test_health_is_what_the_service_says(airflow_that_says, path, part, well):
    outcome = _run(sys.executable, ROOT / "deploy/healthy.py", airflow_that_says + path, *part)
    assert (outcome.returncode == 0) is well


def test_a_backup_does_not_write_over_another(tmp_path):
    assert _run(ROOT / "deploy/backup.sh", tmp_path).returncode != 0
    assert _run(ROOT / "deploy/backup.sh").returncode != 0


def test_a_damaged_backup_is_not_restored(tmp_path):
    (tmp_path / "env").write_text("A=1\n")
    (tmp_path / "checksums").write_text("0" * 64 + "  env\n")
    assert _run(ROOT / "deploy/restore.sh", tmp_path).returncode != 0

"""The compose file keeps its promises: health, limits, no root, no password of its own, loopback alone."""

import re
from pathlib import Path

import pytest
import yaml

from include.services.airflow import WRITER_POOL

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
ONCE = {"setup", "demo-crm-rows"}  # end by themselves
SECRET = re.compile(r"PASSWORD|SECRET|KEY|AUTH$|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND|CONN_")


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONCE))
def test_a_service_that_stays_says_whether_it_is_well(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"] and check["interval"] and check["timeout"] and check["retries"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_bounded_and_is_not_root(name):
    service = SERVICES[name]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["user"] in ("10001:10001", "postgres", "redis")
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert not service.get("privileged")


def test_ports_are_on_loopback_alone():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"airflow-api", "mlflow", "dashboard", "serving"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["stores"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["stores"] for name in ("postgres", "redis", "demo-crm"))


def test_every_secret_comes_from_the_environment_and_has_no_default():
    written = set(re.findall(r"^add (\w+)|^for name in (.*?); do", _script(), re.M | re.S))
    made = {name for found in written for group in found for name in group.replace("\\", " ").split()}
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key) and not key.endswith(("_FILE", "_PATH")):
                used = re.findall(r"\$\{(\w+)(:[^}]*)?\}", value)
                assert used, f"{name}: {key} is written out"
                assert all(secret in made and not default.startswith(":-") for secret, default in used)


def test_what_must_be_there_is_asked_for_by_name():
    """Without .env Compose ends with words rather than with an empty password."""
    asked = set(re.findall(r"\$\{(\w+):\?run make compose-env first\}", TEXT))
    used = {name for name, rest in re.findall(r"\$\{(\w+)(:-)?", TEXT) if not rest}
    assert used == asked


def test_files_that_services_start_with_are_there():
    for service in SERVICES.values():
        for word in service.get("command", []) + service.get("healthcheck", {}).get("test", []):
            if str(word).startswith("deploy/"):
                assert (ROOT / word).is_file()
    assert WRITER_POOL in (ROOT / "deploy" / "start-setup.sh").read_text()


def test_state_is_in_named_volumes_and_only_writers_may_write_it():
    mounts = {name: [v for v in s.get("volumes", []) if v.startswith("state:")] for name, s in SERVICES.items()}
    writers = {name for name, found in mounts.items() if found and not found[0].endswith(":ro")}
    assert writers == {"setup", "airflow-worker"}
    assert COMPOSE["volumes"].keys() == {"postgres", "state", "airflow-logs", "serving", "demo-crm"}


def test_the_image_is_not_roots_and_takes_its_base_from_outside():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.rstrip().splitlines()[-1] == "USER 10001:10001"
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.M)) == {"${BASE_IMAGE}"}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*" and "!.env" not in ignored


def test_the_lock_agrees_with_the_clones_own():
    pins = [dict(re.findall(r"^(\S+?)==(\S+)", (ROOT / f).read_text(), re.M)) for f in _LOCKS]
    assert all(pins[0][name] == version for name, version in pins[1].items() if name in pins[0])
    assert int(pins[1]["celery"].split(".")[1]) < 7
    assert "https://" not in (ROOT / _LOCKS[1]).read_text()


_LOCKS = ("requirements.txt", "requirements-cluster.txt")


def _script() -> str:
    return (ROOT / "deploy" / "make-env.sh").read_text()

"""The container, the compose file and the proxies: each checked by its own program, or by a parser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import crossplane
import pytest
import yaml
from click.testing import CliRunner

from gongkai.cli import main
from gongkai.installation.machine import read_prerequisites
from gongkai.serving import PORT
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
NGINX, CADDY = (shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin") for name in ("nginx", "caddy"))
HADOLINT = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_the_container_file_has_no_fault() -> None:
    done = subprocess.run(
        [str(HADOLINT), DEPLOY / "Containerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_has_every_package_that_doctor_names() -> None:
    packaged = {"office", "fonts", "program"}
    # pywb is installed by ourselves, into the data directory.
    wanted = {
        it.install["debian"]
        for it in read_prerequisites()
        if it.probe in packaged and "any" not in it.install
    }
    assert wanted <= set(CONTAINER.split())


def _command(entry: list[str]) -> None:
    verb = main.get_command(None, entry[0])  # type: ignore[arg-type]  # a lazy group looks by name alone
    assert verb is not None
    verb.make_context(entry[0], entry[1:])


def test_compose_runs_verbs_as_they_are() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    for service in services.values():
        _command(service["command"])
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    assert services["pages"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert CliRunner().invoke(main, ["nightly", "--help"]).exit_code == 0


def _nginx(folder: Path) -> Path:
    """Write a whole configuration round the site's, with certificates and folders of its own."""
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x"]
    names = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([shutil.which("openssl") or "openssl", *made, *names], check=True, capture_output=True)
    site = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/var/cache/nginx", str(folder))
    site = re.sub(r"/etc/letsencrypt/\S+/fullchain\.pem", str(folder / "cert.pem"), site)
    site = re.sub(r"/etc/letsencrypt/\S+/privkey\.pem", str(folder / "key.pem"), site)
    (folder / "site.conf").write_text(site, "utf-8")
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/pid; error_log {folder}/log; events {{}} http {{ include {folder}/site.conf; }}",
        "utf-8",
    )
    return whole


def test_the_nginx_example_is_understood(tmp_path: Path) -> None:
    whole = _nginx(tmp_path)
    parsed = crossplane.parse(str(whole), strict=True, catch_errors=True)
    assert (parsed["status"], parsed["errors"]) == ("ok", [])
    if NGINX:
        subprocess.run([NGINX, "-t", "-c", whole, "-e", tmp_path / "log"], check=True, capture_output=True)


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_the_caddy_example_is_understood(tmp_path: Path) -> None:
    subprocess.run(
        [str(CADDY), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"],
        check=True, capture_output=True, env={"HOME": str(tmp_path)},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_ask_the_port_that_is_served(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    assert f"127.0.0.1:{PORT}" in text
    assert "/-/metrics" in text

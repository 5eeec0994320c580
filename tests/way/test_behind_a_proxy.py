"""Behind Debian's nginx: what it says of who called is heard where it is trusted, and nowhere else."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.conftest import absent
from tests.way.test_getting_in import birlik, served

NGINX = Path("/usr/sbin/nginx")
CONFIGURATION = """
daemon off; master_process off; error_log {folder}/error.log; pid {folder}/pid;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {to}; {headers} }} }}
}}
"""
RIGHT = (
    "proxy_set_header Host birlik.example; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; "
    "proxy_set_header X-Forwarded-Proto https;"
)
WRONG = "proxy_set_header Host birlik.example;"
"""It adds nothing: whoever calls through it seems to call from the proxy's machine."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def proxy(folder: Path, to: str, headers: str) -> Iterator[str]:
    if not NGINX.exists():
        absent("Debian's nginx is not installed: apt-get install nginx-light")
    folder.mkdir()
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, to=to, headers=headers), encoding="utf-8")
    with subprocess.Popen([str(NGINX), "-c", str(file), "-e", f"{folder}/error.log"]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                client.get(f"{url}/health", headers={"host": "birlik.example"})
            yield url
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """(its address, the administrator's link, its folder): it trusts 127.0.0.1 to say who calls."""
    folder = tmp_path_factory.mktemp("p") / "node"
    link = str(birlik("init", folder, "--member", "KAZ")["link"])
    with (folder / "birlik.toml").open("a", encoding="utf-8") as file:
        file.write('address = "https://birlik.example"\ntrusted_proxies = ["127.0.0.1"]\nfollow_every_s = 0.2\n')
    with served(folder) as url:
        yield url, link, folder


def test_a_person_gets_in_through_it_and_the_cookie_is_for_tls_only(
    node: tuple[str, str, Path], tmp_path: Path
) -> None:
    url, link, folder = node
    with proxy(tmp_path / "nginx", url, RIGHT) as public, httpx.Client(base_url=public, timeout=60) as client:
        path = "/link/" + link.rpartition("/")[2]
        assert client.get(path).status_code == 200
        answer = client.post(path)
        assert answer.status_code == 303, answer.text
        assert answer.headers["set-cookie"].startswith("__Host-birlik-KAZ=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]
    lines = birlik("audit", "show", "--data", folder)
    assert "127.0.0.1" in str(lines)


def test_a_key_for_one_network_is_held_to_who_called_the_proxy(node: tuple[str, str, Path], tmp_path: Path) -> None:
    url, _, folder = node
    told = ("principal_id=rail", "name=rail", "sources=rail", "networks=192.0.2.0/24")
    made = birlik("act", "do", "birlik_supplier_add", *told, "--data", folder)
    key = {"authorization": f"Bearer {made['once']['key']}"}  # type: ignore[index]
    with proxy(tmp_path / "nginx", url, RIGHT) as public:
        far = {**key, "x-forwarded-for": "192.0.2.7"}
        elsewhere = httpx.HTTPTransport(local_address="127.0.0.3")
        with httpx.Client(transport=elsewhere, timeout=60) as client:
            answer = client.get(f"{public}/api/v1/mine", headers=far)
        assert answer.status_code == 401, "the proxy adds whom it sees behind what the client says: that is who called"
    direct = {**key, "x-forwarded-for": "192.0.2.7", "host": "birlik.example"}
    assert httpx.get(f"{url}/api/v1/mine", headers=direct, timeout=60).status_code == 200, "a trusted one is believed"


def test_a_proxy_that_says_nothing_lets_nobody_in_who_has_no_key(node: tuple[str, str, Path], tmp_path: Path) -> None:
    """Its misconfiguration: all callers seem to be the proxy. On a closed node loopback is nobody: nothing is lost."""
    with proxy(tmp_path / "nginx", node[0], WRONG) as public:
        assert httpx.get(f"{public}/api/v1/tables/birlik_message", timeout=60).status_code == 401
        assert httpx.get(f"{public}/", timeout=60).headers["location"].startswith("/sign-in")


def test_an_open_node_refuses_what_a_proxy_has_marked_and_can_not_tell_what_none_has(tmp_path: Path) -> None:
    """Tried with nginx: one that adds nothing can't be told from who sits at the machine. Hence `--open` is said."""
    folder = tmp_path / "node"
    birlik("init", folder, "--member", "KAZ")
    with served(folder, "--open") as url:
        marked = RIGHT.replace("birlik.example", "127.0.0.1")
        with proxy(tmp_path / "marked", url, marked) as public:
            assert httpx.get(f"{public}/api/v1/node", timeout=60).status_code == 403
        with proxy(tmp_path / "bare", url, "proxy_set_header Host 127.0.0.1;") as public:
            assert httpx.get(f"{public}/api/v1/node", timeout=60).status_code == 200

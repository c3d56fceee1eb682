import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

from eeic.publish import serve
from eeic.publish.steps import BuildError


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "lab").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "index.html").write_text("<h1>home</h1>")
    for suffix in serve.TYPES:
        (folder / f"file{suffix}").write_text("x")
    (folder / "lab/index.html").write_text("<h1>lab</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def running(site):
    server = serve.server(site, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def get(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection(serve.HOST, server.server_port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(("suffix", "kind"), serve.TYPES.items())
def test_every_type_is_ours_and_not_the_machines(running, suffix, kind):
    answer, _ = get(running, f"/file{suffix}")
    assert answer.status == 200
    assert answer.getheader("Content-Type") == kind


def test_only_the_lab_is_isolated(running):
    lab, _ = get(running, "/lab/index.html")
    assert lab.getheader("Cross-Origin-Opener-Policy") == "same-origin"
    assert lab.getheader("Cross-Origin-Embedder-Policy") == "require-corp"
    page, body = get(running, "/")
    assert body == b"<h1>home</h1>"
    assert page.getheader("Cross-Origin-Opener-Policy") is None
    assert page.getheader("Cross-Origin-Embedder-Policy") is None


def test_a_page_is_asked_for_again_and_sent_only_when_changed(running, site):
    answer, _ = get(running, "/index.html")
    assert answer.getheader("Cache-Control") == "no-cache"
    since = {"If-Modified-Since": answer.getheader("Last-Modified")}
    assert get(running, "/index.html", **since)[0].status == 304
    later = (site / "index.html").stat().st_mtime + 10
    os.utime(site / "index.html", (later, later))
    assert get(running, "/index.html", **since)[0].status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/lab/../../secret.txt",
        "/..%2fsecret.txt",
        "//../secret.txt",
        "/link.txt",
        "/%00",
        "/absent.html",
        "/empty/",
        "/" + "a" * 5000,
    ],
)
def test_nothing_outside_the_folder_and_no_listing(running, site, path):
    (site / "link.txt").symlink_to(site.parent / "secret.txt")
    answer, body = get(running, path)
    assert answer.status == 404
    assert b"secret" not in body


def test_a_missing_page_gets_a_way_back_or_the_sites_own(running, site):
    _, body = get(running, "/absent.html")
    assert b'<a href="/">' in body
    (site / "404.html").write_text("<h1>not here</h1>")
    answer, body = get(running, "/absent.html")
    assert answer.status == 404
    assert answer.getheader("Content-Type").startswith("text/html")
    assert body == b"<h1>not here</h1>"
    answer, body = get(running, "/absent.html", method="HEAD")
    assert (answer.status, body) == (404, b"")


def test_it_answers_this_machine_only(running):
    assert running.server_address[0] == "127.0.0.1"


def test_a_busy_port_is_one_sentence(site):
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BuildError) as caught:
            serve.serve(site, port)
    assert str(caught.value) == (
        f"port {port} cannot be used (another program uses it): "
        f"choose another, for example make serve PORT={port + 1}"
    )


@pytest.mark.parametrize("port", [70000, -1])
def test_a_port_that_does_not_exist_is_one_sentence(site, port):
    with pytest.raises(BuildError, match=rf"port {port} cannot be used \(ports go from 0"):
        serve.server(site, port)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a Unix signal")
def test_it_prints_its_address_and_ends_quietly_on_ctrl_c(site):
    program = "import sys; from pathlib import Path; from eeic.publish import serve; "
    program += "serve.serve(Path(sys.argv[1]), 0)"
    running = subprocess.Popen(
        [sys.executable, "-c", program, site],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = running.stdout.readline()
    assert re.fullmatch(r"The course is at http://localhost:\d+/ \(Ctrl-C stops it\)\n", line)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=10)
    assert (out.strip(), err) == ("", "")
    assert running.returncode == 0

"""The webhook of a chat: told once, and its address shown nowhere."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.clients.webhook import Webhook
from bot.model.secret import Secret

PATH = "/services/T0/B0/s3cret"


class Chat(HTTPServer):
    def __init__(self, status):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.told = status, []

    @property
    def url(self):
        return Secret(f"http://127.0.0.1:{self.server_port}{PATH}")


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.told.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def chat(request):
    with Chat(getattr(request, "param", 200)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_message_is_told_once(chat):
    assert Webhook(chat.url).announce({"text": "hello"}) is None
    assert chat.told == [(PATH, {"text": "hello"})]


@pytest.mark.parametrize("chat", [302, 404, 429, 500], indirect=True)
def test_a_refusal_is_a_value_and_is_not_tried_again(chat):
    failure = Webhook(chat.url).announce({"text": "hello"})

    assert f"it answered {chat.status}" in str(failure)
    assert len(chat.told) == 1
    assert "s3cret" not in str(failure)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://127.0.0.1:1/s3cret", "could not be reached", id="nobody is there"),
        pytest.param("http://hooks.example.org/s3cret", "no https URL", id="in the clear"),
        pytest.param("file:///s3cret", "no https URL", id="no web address"),
        pytest.param("s3cret", "no https URL", id="no address"),
        pytest.param("https://[s3cret", "no https URL", id="broken"),
        pytest.param("https://x:99999999/s3cret", "no https URL", id="no port"),
    ],
)
def test_an_address_that_is_no_use_is_told_without_it(url, said):
    failure = Webhook(Secret(url)).announce({"text": "hello"})

    assert said in str(failure)
    assert "s3cret" not in str(failure)
    assert "s3cret" not in repr(Webhook(Secret(url)))

"""Blobs that are read as they come, from real registries and from hostile ones."""

import io
from datetime import timedelta

import httpx
import pytest

from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.client import RegistryClient, RegistryError
from bot.clients.oci.documents import Descriptor, sha256
from bot.model.image import ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.registry import RegistrySandbox
from tests.registries import RunningRegistry

BODY = bytes(range(256)) * 4000
MINUTE = timedelta(minutes=1)
REFERENCE = ImageReference.parse("registry.example.org/team/app:1")


class Pieces(httpx.SyncByteStream):
    """A body as it comes from a network."""

    def __init__(self, body=BODY):
        self._body = body

    def __iter__(self):
        yield from (self._body[start : start + 7000] for start in range(0, len(self._body), 7000))


def descriptor(body=BODY, size=None):
    return Descriptor(media_type="", digest=sha256(body), size=len(body) if size is None else size)


def read(client, wanted, reference=REFERENCE):
    with client.stream(reference, wanted, total_timeout=MINUTE) as stream:
        return b"".join(iter(lambda: stream.read(1000), b""))


def client_of(handler, **limits):
    http = HttpClient(transport=httpx.MockTransport(handler), sleep=lambda _: None, limits=HttpLimits(**limits))
    return RegistryClient(http=http)


def test_a_layer_streams_from_a_real_registry(registry: RunningRegistry):
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.push_image("team/app", "1", layers=[{"x": BODY}])
    registry.publish(sandbox)
    reference = registry.reference("team/app:1")

    [layer] = registry.client.manifest(reference).layers

    assert sha256(read(registry.client, layer, reference)) == layer.digest


def test_a_part_comes_from_a_real_registry(registry: RunningRegistry):
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.push_image("team/app", "1", layers=[{"x": BODY}])
    registry.publish(sandbox)
    reference = registry.reference("team/app:1")

    [layer] = registry.client.manifest(reference).layers
    whole = read(registry.client, layer, reference)

    assert registry.client.part(reference, layer, start=100, size=300, total_timeout=MINUTE) == whole[100:400]
    assert registry.client.part(reference, layer, start=len(whole) - 5, size=5, total_timeout=MINUTE) == whole[-5:]


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        pytest.param(httpx.Response(206, headers={"content-range": "bytes 7-9/99"}, stream=Pieces(b"abc")), b"abc", id="the part"),
        pytest.param(httpx.Response(206, headers={"content-range": "bytes 0-2/99"}, stream=Pieces(b"abc")), None, id="another part"),
        pytest.param(httpx.Response(206, stream=Pieces(b"abc")), None, id="a part of which nothing is told"),
        pytest.param(httpx.Response(206, headers={"content-range": "bytes 7-9/99"}, stream=Pieces(b"ab")), None, id="cut short"),
        pytest.param(httpx.Response(200, stream=Pieces()), None, id="the whole"),
    ],
)
def test_only_the_part_that_was_asked_for_is_taken(answer, part):
    assert client_of(lambda _: answer).part(REFERENCE, descriptor(), start=7, size=3, total_timeout=MINUTE) == part


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(httpx.Response(206, headers={"content-range": "bytes 7-9/99"}, stream=Pieces()), "larger than", id="too much"),
        pytest.param(httpx.Response(416), "416", id="refused"),
    ],
)
def test_a_part_that_is_refused_or_has_no_end_is_an_error(answer, said):
    with pytest.raises(RegistryError, match=said):
        client_of(lambda _: answer).part(REFERENCE, descriptor(), start=7, size=3, total_timeout=MINUTE)


def test_a_token_that_ran_out_is_fetched_again():
    tokens = iter(["old", "new"])

    def answer(request):
        if request.url.path == "/token":
            return httpx.Response(200, json={"token": next(tokens)})
        if request.headers.get("authorization") != "Bearer new":
            challenge = 'Bearer realm="https://registry.example.org/token",service="s"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        return httpx.Response(200, stream=Pieces())

    client = client_of(answer)
    with pytest.raises(RegistryError):
        client.blob(REFERENCE, descriptor(), max_bytes=1 << 22)  # the old token is no longer taken

    assert read(client, descriptor()) == BODY


@pytest.mark.parametrize(
    ("answer", "wanted", "said"),
    [
        pytest.param(httpx.Response(200, stream=Pieces(BODY[:-1] + b"x")), descriptor(), "are not those of", id="other bytes"),
        pytest.param(httpx.Response(200, stream=Pieces(BODY[:-1])), descriptor(), "are not those of", id="cut short"),
        pytest.param(httpx.Response(200, stream=Pieces()), descriptor(size=1000), "larger than 1.0 kB", id="more than the manifest says"),
        pytest.param(httpx.Response(404), descriptor(), "404", id="gone"),
        pytest.param(httpx.Response(503), descriptor(), "503", id="down"),
    ],
)
def test_what_is_not_the_blob_is_not_read(answer, wanted, said):
    with pytest.raises(RegistryError, match=said):
        read(client_of(lambda _: answer), wanted)


def test_opening_is_tried_again_and_a_redirect_gets_no_credential():
    seen = []

    def answer(request):
        seen.append((request.url.host, request.headers.get("authorization")))
        if request.url.host == "storage.example.net":
            return httpx.Response(200, stream=Pieces())
        return httpx.Response(503) if len(seen) == 1 else httpx.Response(307, headers={"location": "https://storage.example.net/blob"})

    assert read(client_of(answer), descriptor()) == BODY
    assert [host for host, _ in seen] == ["registry.example.org", "registry.example.org", "storage.example.net"]
    assert seen[-1] == ("storage.example.net", None)


def test_who_stops_reading_closes_the_answer_and_frees_the_place():
    streams = []

    class Endless(httpx.SyncByteStream):
        closed = False

        def __iter__(self):
            while True:
                yield b"x" * 1000

        def close(self):
            self.closed = True

    def answer(_):
        streams.append(Endless())
        return httpx.Response(200, stream=streams[-1])

    client = client_of(answer, requests_per_host=1)
    for _ in range(3):
        with client.stream(REFERENCE, descriptor(), total_timeout=MINUTE) as stream:
            assert isinstance(stream, io.RawIOBase)
            assert stream.read(10) == b"x" * 10

    assert [stream.closed for stream in streams] == [True, True, True]

import errno
import socket
import ssl

import httpx
import pytest
import requests
import urllib3

from bot.clients.http import HttpClient, HttpError
from bot.clients.reach import Reach
from bot.clients.trouble import trouble, unreadable_json
from bot.model.failure import ToldError, told

GONE = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def kinds_of(base: type[Exception]) -> list[type[Exception]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds_of(child))]


def raised(error: Exception, cause: Exception) -> Exception:
    """The error as it comes out of a library that met another one."""
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def as_httpx_wraps(cause: Exception) -> Exception:
    return raised(httpx.ConnectError(str(cause)), cause)


def as_requests_wraps(cause: Exception) -> Exception:
    inner = raised(urllib3.exceptions.NewConnectionError(None, f"Failed to establish a new connection: {cause}"), cause)
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/api", inner))


@pytest.mark.parametrize(
    "wrap", [lambda cause: raised(httpx.ConnectError(str(cause)), cause), as_requests_wraps], ids=["httpx", "requests"]
)
@pytest.mark.parametrize(
    ("cause", "says"),
    [
        pytest.param(GONE, "no machine of this name can be found", id="name"),
        pytest.param(
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            "no name can be looked up here: the network is missing, or its name server",
            id="no name server",
        ),
        pytest.param(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "nothing answers there", id="refused"),
        pytest.param(ConnectionResetError(errno.ECONNRESET, "reset by peer"), "the connection was broken off", id="reset"),
        pytest.param(TimeoutError("timed out"), "no answer in time", id="time"),
        pytest.param(OSError(errno.ENETUNREACH, "Network is unreachable"), "there is no way to it from here", id="no network"),
        pytest.param(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "no secure connection could be made", id="no TLS"),
        pytest.param(ssl.SSLCertVerificationError(1, "bad"), "its certificate is not trusted (no reason given)", id="certificate"),
    ],
)
def test_the_oldest_cause_is_told_and_no_library(wrap, cause, says):
    assert trouble(wrap(cause)) == says


@pytest.mark.parametrize("kind", [*kinds_of(httpx.TransportError), *kinds_of(requests.RequestException)])
def test_no_error_of_a_library_is_told_in_its_own_words(kind):
    words = trouble(kind.__new__(kind, f"{kind.__name__}(0x7f, Max retries exceeded)"))

    assert words
    assert kind.__name__ not in words
    assert not {"Max", "0x7f", "None"} & set(words.split())


def test_what_a_look_up_says_of_a_host_that_is_not_there():
    def nobody(*_args, **_kwargs):
        raise GONE

    with HttpClient(reach=Reach(resolve=nobody), sleep=lambda _: None) as http, pytest.raises(HttpError) as caught:
        http.request("GET", "https://registry.example/v2/")

    assert str(caught.value) == (
        "GET https://registry.example/v2/: no machine of this name can be found. "
        "Check the address, the network and its proxy (HTTPS_PROXY), then run again."
    )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param(RecursionError(), "no valid JSON (nested too deeply)", id="deep"),
        pytest.param(ValueError("Exceeds the limit (4300 digits)"), "no valid JSON", id="number"),
    ],
)
def test_why_an_answer_is_no_json(error, says):
    assert unreadable_json(error) == says


@pytest.mark.parametrize(
    ("place", "where", "says"),
    [
        pytest.param("the repos of acme", "acme", "GitHub said 401.", id="named in other words"),
        pytest.param("acme/shop: its pull requests", "acme/shop", "its pull requests: GitHub said 401.", id="named and more"),
        pytest.param("acme/shop", "acme/shop", "GitHub said 401.", id="named"),
        pytest.param("who the token belongs to", "acme/shop", "who the token belongs to: GitHub said 401.", id="another place"),
        pytest.param("who the token belongs to", "", "who the token belongs to: GitHub said 401.", id="none"),
    ],
)
def test_a_place_is_named_once(place, where, says):
    error = ToldError(f"{place}: GitHub said 401.")
    error.where = place

    assert told(error, where=where) == says


def test_a_fault_of_ours_is_told_without_its_words_and_a_place_once():
    assert told(KeyError("tag_name")) == "the bot met something that it does not know. Report it with the traceback in the log."
    assert told(ToldError("acme/shop: it is gone.\nLook."), where="acme/shop") == "it is gone. Look."

"""What stands between an ASGI app and the server, and spoils the answer on its way out."""

from collections.abc import Callable

from starlette.types import Message, Send


def cut_short(send: Send, drop: Callable[[], None]) -> Send:
    """The connection ends, by `drop`, in the middle of the body."""
    is_cut = False

    async def send_half(message: Message) -> None:
        nonlocal is_cut
        if is_cut:
            return
        body = message.get("body", b"")
        if message["type"] == "http.response.start" or not body:
            await send(message)
            return
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        drop()
        is_cut = True

    return send_half


def without_header(send: Send, name: str) -> Send:
    """One of the headers is missing."""
    unwanted = name.lower().encode()

    async def send_rest(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [(key, value) for key, value in message["headers"] if key.lower() != unwanted]
        await send(message)

    return send_rest


def with_changed_body(send: Send, change: Callable[[bytes], bytes]) -> Send:
    """The body is another one, and comes in one piece."""
    start: Message = {}
    whole = b""

    async def send_changed(message: Message) -> None:
        nonlocal start, whole
        if message["type"] == "http.response.start":
            start = message
            return
        whole += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = change(whole)
        headers = [(key, value) for key, value in start["headers"] if key.lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    return send_changed

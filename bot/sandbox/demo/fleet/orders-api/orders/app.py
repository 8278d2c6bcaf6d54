"""The orders API: one order by its number, as JSON."""

import json
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

ORDERS = {"1001": {"customer": "c-17", "items": 3, "state": "shipped"}, "1002": {"customer": "c-4", "items": 1, "state": "open"}}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    number = environ.get("PATH_INFO", "/").rpartition("/")[2]
    found = ORDERS.get(number)
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "application/json")])
    return [json.dumps(found or {"error": "no such order"}).encode()]

"""What a stock server's messages look like on port 5500, as far as another stock server depends on it or its captures show
nothing else. The foreign peer reads more than this; here a message of the server under test must have the very form.
"""
from __future__ import annotations

import re

from peer import http1, wire
from peer.facts import CT_HC, CT_HC_RESULT, CT_OCSP, CT_REST_BODY, CT_REST_REQUEST, CT_REST_RESPONSE, CT_SIGNATURE

CONTENT_TYPE = re.compile(r"multipart/mixed; charset=UTF-8; boundary=(xtop[A-Za-z]{30})\Z")
VERSION = re.compile(r"(\d+)\.(\d+)\.\d+\Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
SEALED = [CT_HC_RESULT, CT_HC, CT_SIGNATURE]


def request_faults(message: http1.Message, kind: str) -> list[str]:
    """Differences of a request from the captured form."""
    found = [] if message.start == "POST / HTTP/1.1" else [f"request line {message.start!r}"]
    if message.get("transfer-encoding") != "chunked" or message.get("content-length") is not None:
        found.append("a request is chunked")
    found += _exact(message, "x-hash-algorithm", "SHA-512")
    found += _exact(message, "x-road-message-type", "REST" if kind == "rest" else None)
    version = VERSION.match(message.get("x-proxy-version", exact=True) or "")
    if version is None or (int(version[1]), int(version[2])) < (7, 6):
        found.append("x-proxy-version")
    if message.get("x-original-content-type", exact=True) is None:
        found.append("x-original-content-type")
    if not UUID.match(message.get("x-road-request-id", exact=True) or ""):
        found.append("x-road-request-id")
    return found + (_parts(message, [[CT_OCSP, CT_REST_REQUEST]]) if kind == "rest" else [])


def response_faults(message: http1.Message, kind: str) -> list[str]:
    """Differences of a signed response from the captured form."""
    found = [] if message.start.startswith("HTTP/1.1 200") else [f"status line {message.start!r}"]
    if message.get("content-encoding"):
        found.append("content-encoding")
    found += _exact(message, "x-hash-algorithm", "SHA-512")
    return found + (_parts(message, [[CT_REST_RESPONSE]]) if kind == "rest" else [])


def _exact(message: http1.Message, name: str, value: str | None) -> list[str]:
    return [] if message.get(name, exact=True) == value else [f"{name} is {message.get(name)!r}"]


def _parts(message: http1.Message, starts: list[list[str]]) -> list[str]:
    """Order of the parts, their header lines, and the delimiters."""
    content_type = CONTENT_TYPE.match(message.get("content-type") or "")
    if content_type is None:
        return [f"content type {message.get('content-type')!r}"]
    boundary, found = content_type[1], []
    delimiter = f"--{boundary}".encode()
    if not message.body.startswith(delimiter + b"\r\n"):
        found.append("something stands before the first delimiter")
    if not message.body.endswith(b"\r\n" + delimiter + b"--\r\n"):
        found.append("something stands behind the last delimiter")
    parts = wire.split_multipart(message.body, boundary)
    found += [f"part header {p.headers!r}" for p in parts if [n for n, _ in p.headers] != ["content-type"]]
    types = [p.content_type for p in parts]
    orders = [start + body + seal for start in starts for body in ([], [CT_REST_BODY]) for seal in (SEALED, SEALED[2:])]
    if types not in orders or (CT_REST_BODY in types and CT_HC not in types):
        found.append(f"parts {types!r}")
    return found

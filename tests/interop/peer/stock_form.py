"""What a stock server's messages look like on port 5500, as far as another stock server depends on it or its captures show
nothing else. The foreign peer reads more than this; here a message of the server under test must have the very form.
"""
from __future__ import annotations

import re

from peer import http1, wire
from peer.facts import (CT_HC, CT_HC_RESULT, CT_OCSP, CT_REST_BODY, CT_REST_REQUEST, CT_REST_RESPONSE, CT_SIGNATURE,
                        CT_TEXT_XML)

CONTENT_TYPE = re.compile(r"multipart/mixed; charset=UTF-8; boundary=(xtop[A-Za-z]{30})\Z")
CONTAINER = re.compile(r"multipart/mixed; charset=UTF-8; boundary=(xatt[A-Za-z]{30})\Z")
VERSION = re.compile(r"(\d+)\.(\d+)\.\d+\Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
SEAL, CHAIN = [CT_SIGNATURE], [CT_HC_RESULT, CT_HC, CT_SIGNATURE]
MESSAGE, BODY = "the message", "what belongs to it"


def request_faults(message: http1.Message, t: wire.Transport, kind: str) -> list[str]:
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
    if (message.get("x-original-soapaction", exact=True) is None) != (kind == "rest"):
        found.append("x-original-soapaction")
    if not UUID.match(message.get("x-road-request-id", exact=True) or ""):
        found.append("x-road-request-id")
    return found + _parts(message, t, kind, [CT_OCSP], CT_REST_REQUEST)


def response_faults(message: http1.Message, t: wire.Transport, kind: str) -> list[str]:
    """Differences of a signed response from the captured form."""
    found = [] if message.start.startswith("HTTP/1.1 200") else [f"status line {message.start!r}"]
    if message.get("content-encoding"):
        found.append("content-encoding")
    found += _exact(message, "x-hash-algorithm", "SHA-512")
    if (message.get("x-original-content-type", exact=True) is None) != (kind == "rest"):
        found.append("x-original-content-type")
    return found + _parts(message, t, kind, [], CT_REST_RESPONSE)


def _exact(message: http1.Message, name: str, value: str | None) -> list[str]:
    return [] if message.get(name, exact=True) == value else [f"{name} is {message.get(name)!r}"]


def _parts(message: http1.Message, t: wire.Transport, kind: str, before: list[str], rest_type: str) -> list[str]:
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
    found += [f"part header {p.headers!r}" for p in parts if not _header_is_right(p, kind)]
    types = [_role(p, kind, rest_type) for p in parts]
    orders = [before + [MESSAGE] + body + seal for body in ([], [BODY]) for seal in (CHAIN, SEAL)]
    if types not in orders or (BODY in types and CT_HC not in types):
        found.append(f"parts {types!r}")
    if kind == "soap":
        found += _soap_parts(message, t, parts[len(before)])
        found += [fault for p in parts if _role(p, kind, rest_type) == BODY for fault in _container_faults(p, boundary)]
    return found


def _header_is_right(part: wire.Part, kind: str) -> bool:
    """The content type comes first; only the message part of SOAP has more."""
    names = [name for name, _ in part.headers]
    alone = kind == "rest" or part.base_type not in ("text/xml", "application/xop+xml")
    return names[:1] == ["content-type"] and (len(names) == 1 or not alone)


def _role(part: wire.Part, kind: str, rest_type: str) -> str:
    message, body = (rest_type,), CT_REST_BODY
    if kind == "soap":
        message, body = ("text/xml", "application/xop+xml"), "multipart/mixed"
    return MESSAGE if part.base_type in message else BODY if part.base_type == body else part.content_type


def _soap_parts(message: http1.Message, t: wire.Transport, root: wire.Part) -> list[str]:
    """A message alone has the content type of the whole and nothing else; attachments need a container as it came."""
    original, found = message.get("x-original-content-type") or "", []
    multipart = wire.base_type(original) == "multipart/related"
    if not multipart and (root.headers != [("content-type", original or CT_TEXT_XML)] or t.attachments):
        found.append(f"the message part is {root.headers!r} of {original!r}")
    if multipart and not wire.parameter(original, "boundary"):
        found.append(f"x-original-content-type {original!r}")
    return found


def _container_faults(part: wire.Part, boundary: str) -> list[str]:
    """The attachments: a blank line, then each behind its delimiter, the content type first."""
    inner = CONTAINER.match(part.content_type)
    if inner is None:
        return [f"container {part.content_type!r}"]
    delimiter, found = f"\r\n--{inner[1]}".encode(), []
    if inner[1][4:] != boundary[4:]:
        found.append("the boundary of the attachments is not that of the message")
    if not part.body.startswith(delimiter + b"\r\n") or not part.body.endswith(delimiter + b"--\r\n"):
        found.append(f"the container is {part.body[:60]!r}...{part.body[-60:]!r}")
    attachments = wire.split_multipart(part.body, inner[1])
    return found + [f"attachment header {p.headers!r}" for p in attachments if p.headers[0][0] != "content-type"]

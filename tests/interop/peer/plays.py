"""What the played server does differently when a message asks for it: REST by the header `X-Interop-Play`, SOAP by `issue`.

A play hooks into one stage of building a message (peer/outgoing.py); the tables below are all there is.
"""
from __future__ import annotations

import re

from peer import rest, soap, wire
from peer.facts import CT_TEXT_XML, digest

HEADER = "x-interop-play"

# Answers that are a fault and nothing else: code as sent, text.
FAULTS = {"plain-fault": ("server.serverproxy.access_denied", "Request is not allowed: played"),
          "old-fault": ("Server.ServerProxy.AccessDenied", "Request is not allowed: played")}


def named(headers: list) -> str:
    return next((v for n, v in headers if n.lower() == HEADER), "")


def asked(request) -> str:
    """The play that a parsed request names."""
    return named(request.headers) if isinstance(request, rest.RestRequest) else request.issue or ""


# --- any message --------------------------------------------------------------------------------


def _changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def _signature_value(out) -> None:
    value = out.transport.signature.index(b"<ds:SignatureValue")
    start = out.transport.signature.index(b">", value) + 9
    other = b"A" if out.transport.signature[start:start + 1] != b"A" else b"B"
    out.transport.signature = out.transport.signature[:start] + other + out.transport.signature[start + 1:]


def _message_changed(out) -> None:
    slipped_in = b"x-slipped-in:1\r\n" if out.kind == "rest" else b"<!-- slipped in -->"
    out.transport.message = wire.Part(out.message.headers, out.message.body + slipped_in)


def _body_changed(out) -> None:
    t = out.transport
    if out.kind == "rest":
        t.rest_body = _changed(t.rest_body, 0)
    else:
        t.attachments = [wire.Part(t.attachments[0].headers, _changed(t.attachments[0].body, 0)), *t.attachments[1:]]


def _body_left_out(out) -> None:
    out.transport.rest_body, out.transport.attachments = None, out.transport.attachments[:-1]


def _body_added(out) -> None:
    if out.kind == "rest":
        out.transport.rest_body = b"slipped in"
    else:
        out.transport.attachments = [*out.transport.attachments, wire.simple("text/plain", b"slipped in")]


def _attachments_swapped(out) -> None:
    out.transport.attachments = out.transport.attachments[::-1]


def _unsigned(out) -> None:
    out.extra["unsigned"] = True


def _stranger_signs(out) -> None:
    stranger = ("pss2", "10000002") if out.role == "request" else ("pss1", "10000001")
    out.signer = out.world.sign(*stranger)


def _signer_status(**status):
    def change(out) -> None:
        out.options.ocsp_values = [out.maker.make(out.signer.cert, **status)]
    return change


def _cut_short(out) -> None:
    end = f"\r\n--{out.boundary}--\r\n".encode()
    assert out.payload.endswith(end)
    out.payload = out.payload.removesuffix(end)


def _no_hash_algorithm(out) -> None:
    out.set_header("x-hash-algorithm", None)


def _other_hash_algorithm(out) -> None:
    out.set_header("x-hash-algorithm", "SHA-1")


def _extra_part(out) -> None:
    out.parts.append(wire.simple("application/octet-stream", b"slipped in"))


def _batch(out) -> None:
    """Others are signed together with this message, as a busy server does."""
    out.batch = [{"/message.xml": digest("SHA-512", b"other %d" % n)} for n in range(4)]


ANY = {
    "signature-value": ("parts-source", _signature_value), "message-changed": ("parts-source", _message_changed),
    "body-changed": ("parts-source", _body_changed), "body-left-out": ("parts-source", _body_left_out),
    "body-added": ("parts-source", _body_added), "unsigned": ("identity", _unsigned),
    "stranger-signs": ("identity", _stranger_signs), "cut-short": ("payload", _cut_short),
    "signer-revoked": ("sign", _signer_status(status="revoked")), "signer-stale": ("sign", _signer_status(age=864000)),
    "no-hash-algorithm": ("http", _no_hash_algorithm), "other-hash-algorithm": ("http", _other_hash_algorithm),
    "extra-part": ("parts", _extra_part), "batch": ("identity", _batch),
    "attachments-swapped": ("parts-source", _attachments_swapped),
}


def _like_a_stock_servers(part, out):
    """The container of attachments: its boundary has the letters of the message's, and a line end follows it."""
    if part.base_type != "multipart/mixed":
        return part
    container = wire.attachment_container(out.transport.attachments, "xatt" + out.boundary[4:])
    return wire.Part(container.headers, container.body + b"\r\n")


NOTHING = ("", None)


class Hooks:
    """The form of a stock server, and one play."""

    def __init__(self, play: tuple):
        self.stage, self.change = play

    def run(self, stage: str, out) -> None:
        if stage == "parts" and out.transport.attachments:
            out.parts = [_like_a_stock_servers(part, out) for part in out.parts]
        if stage == self.stage:
            self.change(out)


# --- requests -----------------------------------------------------------------------------------


def _tls_status(values):
    def change(out) -> None:
        out.transport.ocsp = values(out)
    return change


def _wrong_method(out) -> None:
    out.start = "PUT / HTTP/1.1"


def _wrong_provider(out) -> None:
    out.message = wire.Part(out.message.headers, out.message.body.replace(b"/SUB2/", b"/NOPE/", 1))


REQUEST = ANY | {
    "no-ocsp": ("parts-source", _tls_status(lambda out: [])),
    "tls-revoked": ("parts-source", _tls_status(lambda out: [out.maker.make(out.tls.cert, "revoked")])),
    "tls-stale": ("parts-source", _tls_status(lambda out: [out.maker.make(out.tls.cert, age=864000)])),
    "wrong-method": ("http", _wrong_method), "wrong-provider": ("message", _wrong_provider),
}

# TLS certificates other than the right one, all registered for some server.
CERTIFICATES = {"expired-certificate": ("pss1", "auth-expired"), "early-certificate": ("pss1", "auth-notyet"),
                "signing-certificate": ("pss1", "auth-signusage"), "other-server": ("pss2", "auth")}


def before_request(play: str, out) -> None:
    """What must be decided before the connection."""
    out.extra["resume"] = play == "resume"
    if play in CERTIFICATES:
        out.tls = out.world.auth(*CERTIFICATES[play])
    elif play == "unregistered-certificate":
        out.tls = out.world.fresh(out.tls.cert.subject, "auth")


class OnRequest(Hooks):
    """Hooks of one request."""

    def __init__(self, play: str):
        super().__init__(REQUEST.get(play, NOTHING))

    def run(self, stage: str, out) -> None:
        if stage == "http" and out.kind == "soap":
            out.set_header("x-original-soapaction", out.extra["soap-action"])
        super().run(stage, out)


# --- responses ----------------------------------------------------------------------------------


def _replace_header(name: bytes):
    def change(out) -> None:
        lines = out.message.body.split(b"\r\n")
        lines = [name + b":bm90IHRoYXQ=" if line.lower().startswith(name + b":") else line for line in lines]
        out.message = wire.Part(out.message.headers, b"\r\n".join(lines))
    return change


def _replace_in_soap(pattern: bytes, value: bytes):
    def change(out) -> None:
        changed, count = re.subn(pattern, value, out.message.body, count=1)
        assert count == 1
        out.message = wire.Part(out.message.headers, changed)
    return change


def _chunked(out) -> None:
    out.framing = "chunked"


def _late_fault(out) -> None:
    fault = soap.fault("server.serverproxy.cannot_create_signature", "played")
    out.parts[-1] = wire.simple(CT_TEXT_XML, fault)


def _broken_off(out) -> None:
    out.segments = [b"".join(out.segments)[:-400]]


RESPONSE = ANY | {
    "request-hash": ("message", _replace_header(b"x-road-request-hash")),
    "query-id": ("message", _replace_header(b"x-road-id")),
    "request-id": ("message", _replace_header(b"x-road-request-id")),
    "soap-request-hash": ("message", _replace_in_soap(rb"(<xroad:requestHash[^>]*>)[^<]*", rb"\1bm90IHRoYXQ=")),
    "soap-no-request-hash": ("message", _replace_in_soap(rb"<xroad:requestHash.*?</xroad:requestHash>", b"")),
    "soap-query-id": ("message", _replace_in_soap(rb"<xroad:id>[^<]*", b"<xroad:id>another")),
    "soap-user": ("message", _replace_in_soap(rb"<xroad:userId>[^<]*", b"<xroad:userId>another")),
    "chunked": ("identity", _chunked), "late-fault": ("parts", _late_fault), "broken-off": ("raw", _broken_off),
}


class OnResponse:
    """Hooks of every response: the stock server's form, and the play that the request asked for."""

    def run(self, stage: str, out) -> None:
        if stage == "identity":
            out.framing = "until-close"
        Hooks(RESPONSE.get(asked(out.extra["request"]), NOTHING)).run(stage, out)

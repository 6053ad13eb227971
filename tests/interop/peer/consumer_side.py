"""SS1 of the captured pair: takes requests of information systems on 127.0.0.11:8080 as a stock server does.

Each becomes a message of the peer's Consumer; the verified answer, or the fault, goes back in X-Road's form. The header
`X-Interop-Play`, or the `issue` of a SOAP message, names a misbehaviour (see plays.py). `X-Interop-Tls` in the answer
says how the connection came about.
"""
from __future__ import annotations

import json
import uuid

import plays
import stock_form
from peer import foreign, http1, ocspport, rest, soap, wire
from peer.consumer import Consumer, Report, Target
from peer.facts import CP, CT_REST_REQUEST, CT_TEXT_XML, ClientId, Refused, ServiceId
from soap_services import parts_of, renamed, written

HOST, PROVIDER_HOST = "127.0.0.11", "127.0.0.12"
DROPPED = rest.HOP_BY_HOP | {"x-road-request-id", "x-road-request-hash"}


class Relay(Consumer):
    """A Consumer whose message is made of the request of an information system."""

    def relay(self, message: http1.Message, service: ServiceId) -> Report:
        play = plays.named(message.headers)
        out = self._outgoing("rest", service)
        verb, target = message.start.split(" ")[:2]
        out.body = message.body or None
        out.message = wire.simple(CT_REST_REQUEST, rest_message(verb, target, message.headers, out.request_id))
        plays.before_request(play, out)
        return self._exchange(out, plays.OnRequest(play))

    def relay_soap(self, parts: list, message: http1.Message, request: soap.SoapMessage) -> Report:
        out = self._outgoing("soap", request.service)
        out.message, *out.attachments = [renamed(part) for part in parts]
        out.original_content_type = message.get("content-type")
        # A stock server has the field always, be it empty.
        out.extra["soap-action"] = message.get("soapaction") or ""
        return self._exchange(out, plays.OnRequest(plays.asked(request)))

    def _decode(self, answer: http1.Message) -> wire.Transport:
        self.received = Consumer._decode(answer)
        self.original_content_type = answer.get("x-original-content-type")
        return self.received

    def _receive(self, out, answer: http1.Message, report: Report) -> None:
        super()._receive(out, answer, report)
        different = [] if report.outcome == "fault" else stock_form.response_faults(answer, self.received, out.kind)
        different += [name for name, good, _ in report.checks if not good]
        if different:
            raise Refused("not_the_form_of_a_stock_server", "; ".join(different))


def rest_message(verb: str, target: str, headers: list, request_id: str) -> bytes:
    """Surviving headers in their order, then the ids (message-path.md 3.3)."""
    own = [(n, v) for n, v in headers if n.lower() not in DROPPED]
    ids = [("x-road-request-id", request_id)]
    if not any(n.lower() == "x-road-id" for n, _ in own):
        ids.append(("x-road-id", f"INST-{uuid.uuid4()}"))
    return rest.RestMessage(verb, target, own + ids).encode()


class InformationSystemPort:
    """HTTP server for information systems."""

    def __init__(self, world):
        self.world = world
        self.server = http1.Server(HOST, 8080, self.handle, timeout=120)

    def handle(self, message: http1.Message) -> http1.Answer:
        if not message.start.split(" ")[1].startswith("/r1/"):
            return self._soap(message)
        try:
            report = self._exchange(message)
        except Refused as error:
            error = error.prefixed(CP)
            return fault(error.code, error.text)
        if report.outcome != "accepted":
            return fault(report.code or CP + "network_error", report.text)
        return answer(message.start.startswith("HEAD "), report)

    def _soap(self, message: http1.Message) -> http1.Answer:
        try:
            parts = parts_of(message.get("content-type") or "", message.body)
            request = soap.parse(parts[0].body)
            target = Target(PROVIDER_HOST, request.service.client)
            relay = Relay(self.world, target, client=request.client, timeout=120)
            report = relay.relay_soap(parts, message, request)
        except Refused as error:
            return soap_answer(soap.fault(error.prefixed(CP).code, error.text))
        if report.outcome == "fault":
            return soap_answer(relay.received.fault)
        if report.outcome != "accepted":
            return soap_answer(soap.fault(report.code or CP + "network_error", report.text))
        content_type = relay.original_content_type
        return soap_answer(written([relay.received.message, *report.attachments], content_type), content_type)

    def _exchange(self, message: http1.Message) -> Report:
        client = message.get("x-road-client")
        if client is None:
            raise Refused("invalid_client_identifier", "The client identifier is missing")
        service, _ = rest.split_path(message.start.split(" ")[1].partition("?")[0])
        target = Target(PROVIDER_HOST, service.client)
        relay = Relay(self.world, target, client=ClientId.parse(client), timeout=120)
        return relay.relay(message, service)


def fault(code: str, text: str) -> http1.Answer:
    """JSON error (section 3.9)."""
    status = "500 Server Error" if code.startswith("server.") else "400 Bad Request"
    body = json.dumps({"type": code, "message": text, "detail": str(uuid.uuid4())}).encode()
    headers = [("X-Road-Error", code), ("Content-Type", "application/json"), ("Content-Length", str(len(body))),
               ("Connection", "close")]
    return http1.Answer([http1.head(f"HTTP/1.1 {status}", headers) + body])


def soap_answer(body: bytes, content_type: str = CT_TEXT_XML) -> http1.Answer:
    """A SOAP answer in the form of the service's, or a fault: both have status 200 (section 2.9)."""
    if wire.parameter(content_type, "charset") is None:
        content_type += ";charset=utf-8"
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Connection", "close")]
    return http1.Answer([http1.head("HTTP/1.1 200 OK", headers) + body])


def answer(is_head: bool, report: Report) -> http1.Answer:
    """Status, headers in their order, body (section 3.7)."""
    headers = [h for h in report.headers] + [("X-Interop-Tls", connection_of(report)), ("Connection", "close")]
    body = report.body or b""
    if not is_head and report.status not in (204, 304):
        headers.append(("Content-Length", str(len(body))))
    return http1.Answer([http1.head(f"HTTP/1.1 {report.status} Relayed", headers), body])


def connection_of(report: Report) -> str:
    resumed = [detail for name, _, detail in report.checks if name == "tls session resumed"]
    version = [detail for name, _, detail in report.checks if name == "tls certificate"]
    return f"resumed={resumed[0] if resumed else False} {version[0] if version else ''}"


def start(world_file: str) -> None:
    world = foreign.open_world(world_file)
    ocspport.OcspPortServer(HOST, 5577, world.maker, [world.auth("pss1").cert]).start()
    InformationSystemPort(world).server.start()

"""SS2 of the captured pair: the peer's Provider with the captured services in front of the captured backend.

Answers as a stock server does: without length, ended by the end of the connection. The header `X-Interop-Play` of a REST
request, or the `issue` of a SOAP request, names a misbehaviour of the answer (see plays.py).
"""
from __future__ import annotations

import contextlib
import dataclasses
import json
import posixpath
import threading
import urllib.parse

import plays
import soap_services
import stock_form
from peer import foreign, http1, outgoing, wire
from peer.facts import Refused, ServiceId, TransportFailure
from peer.outgoing import Outgoing
from peer.provider import Call, Provider, Reply, Service
from soap_services import BACKEND

HOST, BASE = "127.0.0.12", "/rest"
WITH_BODY = ("POST", "PUT", "PATCH")
METADATA = ("listMethods", "allowedMethods", "getOpenAPI")


def forward(call: Call) -> Reply:
    """What a stock provider server asks of the information system (section 3.6)."""
    body = (call.body or b"") if call.verb in WITH_BODY else None
    headers = [("Host", "%s:%d" % BACKEND), ("Connection", "close")] + call.headers
    if body is not None:
        headers.append(("Content-Length", str(len(body))))
    raw = http1.head(f"{call.verb} {BASE}{call.path} HTTP/1.1", headers) + (body or b"")
    try:
        found = http1.request(*BACKEND, raw)
    except TransportFailure as error:
        raise Refused("network_error", str(error)) from error
    reason = found.start.split(" ", 2)[2] if found.start.count(" ") >= 2 else ""
    return Reply(http1.status_of(found), reason, found.headers, found.body)


def metadata(call: Call, allowed: bool) -> Reply:
    """The REST metadata services (section 10.3): the header fields of the request come back."""
    if call.service == "getOpenAPI":
        query = dict(urllib.parse.parse_qsl(call.path.partition("?")[2]))
        code = query.get("serviceCode")
        if not code:
            raise Refused("invalid_request", "Missing serviceCode in message body")
        unknown = f"Service not found: SERVICE:INST/GOV/2222/SUB2/{code}"
        raise Refused("internal_error", "Invalid service type: REST" if code == "svc" else unknown)
    service = {"member_class": "GOV", "member_code": "2222", "subsystem_code": "SUB2", "service_code": "svc",
               "endpoint_list": [], "object_type": "SERVICE", "service_type": "REST", "xroad_instance": "INST"}
    listed = [service] if call.service == "listMethods" or allowed else []
    body = json.dumps({"service": listed}, separators=(",", ":")).encode()
    own = [(n, v) for n, v in call.headers if n.lower() != "content-type"]
    return Reply(200, "OK", own + [("Content-Type", "application/json")], body)


def told(service: ServiceId) -> str:
    """A service as faults name it."""
    version = f"/{service.version}" if service.version else ""
    return f"SERVICE:{service.client.rest()}/{service.code}{version}"


class WatchedServer(http1.Server):
    """Remembers for the handler's thread how its connection came about."""

    here = threading.local()

    def _requests(self, sock, cert) -> None:
        self.here.connection = f"resumed={sock.session_reused} {sock.version()} {sock.cipher()[0]}"
        super()._requests(sock, cert)
        sock.settimeout(2)
        with contextlib.suppress(OSError):
            sock.unwrap()  # a stock server says properly that it ends


class StockLikeProvider(Provider):
    """A Provider whose answers look like a stock server's, unless a play is asked for."""

    def __init__(self, world):
        self.allowed = [world.target_consumer]
        described = {code: Service("soap", None, self.allowed) for code in soap_services.ADDRESSES}
        super().__init__(world, HOST, port=0, services={"svc": Service("rest", forward, self.allowed), **described})
        context, accept = self.http.context, self.http.accept_cert
        self.http.stop()
        self.http = WatchedServer(HOST, 5500, self.handle, context, timeout=120)
        self.http.accept_cert = accept
        self.cheat = plays.OnResponse()

    def _authorise(self, parsed, t, kind: str) -> Service:
        different = stock_form.request_faults(self.http.here.message, t, kind)
        if different:
            raise Refused("not_the_form_of_a_stock_server", "; ".join(different))
        asked, allowed = parsed.service, parsed.client in self.allowed
        if kind == "soap" and asked.code in soap_services.METADATA:
            return Service("soap", None, [])
        if kind == "rest" and asked.code in METADATA and parsed.first == "GET":
            return Service("rest", lambda call: metadata(call, allowed), [])
        service = self.services.get(asked.code)
        version = soap_services.VERSION if service is not None and service.kind == "soap" else None
        if service is None or asked.version != version:
            raise Refused("unknown_service", f"Unknown service: {told(asked)}")
        if service.kind != kind:
            raise Refused("service_type", f"Service {told(asked)} is not for {kind}")
        if not allowed or kind == "rest" and ".." in posixpath.normpath(parsed.service_path.lstrip("/")):
            raise Refused("access_denied", f"Request is not allowed: {told(asked)}")
        return service

    def _parties(self, message, t, parsed, kind: str) -> None:
        """The server that a message may name is SS2; the peer knows itself by another name."""
        if kind == "soap" and parsed.server is not None and parsed.server.code == "SS2":
            parsed = dataclasses.replace(parsed, server=None)
        super()._parties(message, t, parsed, kind)

    def handle(self, message: http1.Message) -> http1.Answer:
        self.http.here.message = message
        try:
            return super().handle(message)
        except soap_services.ServiceFault as fault:
            return self._handed_on(fault)

    @staticmethod
    def _handed_on(fault: soap_services.ServiceFault) -> http1.Answer:
        """The only part of an answer that was begun already (section 5.6, item 3)."""
        boundary = wire.random_boundary("xtop")
        headers = [("Content-Type", wire.mixed(boundary)), ("x-hash-algorithm", "SHA-512"),
                   ("x-original-content-type", fault.content_type), ("Connection", "close")]
        part = wire.simple(fault.content_type, fault.document)
        return http1.Answer([http1.head("HTTP/1.1 200 OK", headers) + wire.encode_multipart([part], boundary)])

    @staticmethod
    def _call(t, parsed, kind: str) -> Call:
        """The path with its query, which the peer's own services do not need."""
        call = Provider._call(t, parsed, kind)
        _, mark, query = parsed.second.partition("?")
        call.path += mark + query
        return call

    def _respond(self, message, t, parsed, service, kind):
        play = plays.asked(parsed)
        if play in plays.FAULTS:
            code, text = plays.FAULTS[play]
            raise PlainFault(code, text)
        if kind == "soap":
            return self._respond_soap(message, t, parsed)
        if play == "report-tls":
            service = Service("rest", self._reporting, service.clients)
        return super()._respond(message, t, parsed, service, kind)

    def _respond_soap(self, message, t, parsed) -> Outgoing:
        if parsed.service.code in soap_services.METADATA:
            content_type, parts = soap_services.metadata(parsed, parsed.client in self.allowed)
        else:
            content_type, parts = soap_services.call(message, t, parsed.service.code)
        out = Outgoing(self.world, "response", "soap", parsed.client, parsed.service, self.server,
                       self.world.sign(self.server, self.code))
        out.extra["request"], out.original_content_type = parsed, content_type
        root = soap_services.renamed(parts[0])
        out.message = wire.Part(root.headers, soap_services.with_request_hash(root.body, parsed.raw))
        out.attachments = [soap_services.renamed(part) for part in parts[1:]]
        return outgoing.build(out, self.cheat)

    def _reporting(self, call: Call) -> Reply:
        reply = forward(call)
        reply.headers.append(("X-Interop-Tls", self.http.here.connection))
        return reply


class PlainFault(Refused):
    """A refusal whose code is sent as it is."""

    def prefixed(self, prefix: str) -> Refused:
        return self


def start(world_file: str) -> None:
    StockLikeProvider(foreign.open_world(world_file)).start()

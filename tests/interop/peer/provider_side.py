"""SS2 of the captured pair: the peer's Provider with the REST service `svc` in front of the captured backend.

Answers as a stock server does: without length, ended by the end of the connection. The header `X-Interop-Play` of the
request message names a misbehaviour of the answer (see plays.py).
"""
from __future__ import annotations

import contextlib
import json
import threading

import plays
import stock_form
from peer import foreign, http1
from peer.facts import Refused, TransportFailure
from peer.provider import Call, Provider, Reply, Service, echo

HOST, BACKEND, BASE = "127.0.0.12", ("127.0.0.20", 8090), "/rest"
WITH_BODY = ("POST", "PUT", "PATCH")
VERSIONED = ("getRandom", "getFault")
METADATA = ("listMethods", "allowedMethods")


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


def service_fault(call: Call) -> Reply:
    """The service answers with a fault, which is handed on as it is."""
    raise PlainFault("SOAP-ENV:Server", "backend says no")


def method_ids(call: Call) -> Reply:
    """The SOAP services, as a stock server's listMethods shows them."""
    owner = ("<id:xRoadInstance>INST</id:xRoadInstance><id:memberClass>GOV</id:memberClass>"
             "<id:memberCode>2222</id:memberCode><id:subsystemCode>SUB2</id:subsystemCode>")
    found = "".join(f'<xroad:service id:objectType="SERVICE">{owner}<id:serviceCode>{code}</id:serviceCode>'
                    "<id:serviceVersion>v1</id:serviceVersion></xroad:service>" for code in VERSIONED)
    return Reply(soap_body=f"<xroad:{call.service}Response>{found}</xroad:{call.service}Response>")


def rest_methods(call: Call) -> Reply:
    """The REST services in the form of X-Road's metadata."""
    service = {"member_class": "GOV", "member_code": "2222", "subsystem_code": "SUB2", "service_code": "svc",
               "object_type": "SERVICE", "xroad_instance": "INST", "service_type": "REST",
               "endpoint_list": [{"method": "*", "path": "**"}]}
    body = json.dumps({"service": [service]}).encode()
    return Reply(200, "OK", [("Content-Type", "application/json")], body)


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
        service = Service("rest", forward, [world.target_consumer])
        clients = [world.target_consumer]
        super().__init__(world, HOST, port=0, services={
            "svc": service, "getRandom": Service("soap", echo, clients), "getFault": Service("soap", service_fault, clients)})
        context, accept = self.http.context, self.http.accept_cert
        self.http.stop()
        self.http = WatchedServer(HOST, 5500, self.handle, context, timeout=120)
        self.http.accept_cert = accept
        self.cheat = plays.OnResponse()

    def _authorise(self, parsed, t, kind: str) -> Service:
        different = stock_form.request_faults(self.http.here.message, kind)
        if different:
            raise Refused("not_the_form_of_a_stock_server", "; ".join(different))
        asked = parsed.service
        if asked.code in METADATA and not asked.version:
            return Service(kind, rest_methods if kind == "rest" else method_ids, [])
        if kind == "rest" and asked.code in VERSIONED:
            raise Refused("unknown_service", str(asked))
        if kind == "soap" and asked.code in VERSIONED and asked.version == "v1":
            service = self.services[asked.code]
            if parsed.client not in service.clients:
                raise Refused("access_denied", str(parsed.client))
            return service
        return super()._authorise(parsed, t, kind)

    def handle(self, message: http1.Message) -> http1.Answer:
        self.http.here.message = message
        return super().handle(message)

    @staticmethod
    def _call(t, parsed, kind: str) -> Call:
        """The path with its query, which the peer's own services do not need."""
        call = Provider._call(t, parsed, kind)
        if kind == "soap":
            return call
        _, mark, query = parsed.second.partition("?")
        call.path += mark + query
        return call

    def _respond(self, message, t, parsed, service, kind):
        if kind == "soap":
            return super()._respond(message, t, parsed, service, kind)
        play = plays.named(parsed.headers)
        if play in plays.FAULTS:
            code, text = plays.FAULTS[play]
            raise PlainFault(code, text)
        if play == "report-tls":
            service = Service("rest", self._reporting, service.clients)
        return super()._respond(message, t, parsed, service, kind)

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

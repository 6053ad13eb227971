"""What SS2 of the captured pair does with SOAP: it calls the captured backend, or answers for the metadata services.

Everything in the form that a stock server's answers have (message-path.md 2.6, 2.8, 5.5, 5.6, 10.2).
"""
from __future__ import annotations

import re
import uuid

from lxml import etree

from peer import http1, soap, wire
from peer.facts import CT_TEXT_XML, NS, Refused, TransportFailure
from peer.xmlsafe import parse_xml

BACKEND = ("127.0.0.20", 8090)
ADDRESSES = {"getRandom": "/soap", "getFault": "/soapfault"}
VERSION = "v1"
METADATA = ("listMethods", "allowedMethods", "getWsdl")
ENDPOINT = "http://example.org/xroad-endpoint"
_XROAD, _WSDL_SOAP = "{%s}" % NS["xroad"], "{http://schemas.xmlsoap.org/wsdl/soap/}"


class ServiceFault(Exception):
    """The service answered with a fault, which is handed on as it is."""

    def __init__(self, document: bytes, content_type: str):
        super().__init__("fault of the service")
        self.document, self.content_type = document, content_type


def renamed(part: wire.Part) -> wire.Part:
    """Content type first, in lower case, then the other fields as they came."""
    others = [(n, v) for n, v in part.headers if n.lower() != "content-type"]
    return wire.Part([("content-type", part.content_type)] + others, part.body)


def parts_of(content_type: str, body: bytes) -> list[wire.Part]:
    """A message and its attachments."""
    boundary = wire.parameter(content_type, "boundary")
    return wire.split_multipart(body, boundary) if boundary else [wire.simple(content_type, body)]


def written(parts: list[wire.Part], content_type: str) -> bytes:
    """The other way round: with the boundary of the content type."""
    boundary = wire.parameter(content_type, "boundary")
    return wire.encode_multipart(parts, boundary) if boundary else parts[0].body


def call(message: http1.Message, t: wire.Transport, code: str) -> tuple[str, list[wire.Part]]:
    """Asks the backend; its content type and the parts of its answer."""
    content_type = message.get("x-original-content-type") or CT_TEXT_XML
    headers = [("Host", "%s:%d" % BACKEND), ("Connection", "close"), ("Content-Type", content_type),
               ("SOAPAction", message.get("x-original-soapaction") or ""), ("accept-encoding", ""),
               ("Transfer-Encoding", "chunked")]
    body = written([t.message] + t.attachments, content_type)
    try:
        found = http1.request(*BACKEND, http1.head(f"POST {ADDRESSES[code]} HTTP/1.1", headers) + http1.chunk(body))
    except TransportFailure as error:
        raise Refused("service_failed.network_error", str(error)) from error
    if http1.status_of(found) not in (200, 500):
        raise Refused("service_failed.http_error", found.start)
    answered = found.get("content-type")
    if not answered:
        raise Refused("service_failed.invalid_content_type", "no content type")
    parts = parts_of(answered, found.body)
    if wire.looks_like_fault(parts[0].body):
        raise ServiceFault(parts[0].body, answered)
    return answered, parts


def with_request_hash(answer: bytes, request: bytes) -> bytes:
    """The hash of the request behind the id (section 2.6)."""
    element = (f'<xroad:requestHash algorithmId="http://www.w3.org/2001/04/xmlenc#sha512">{soap.request_hash(request)}'
               "</xroad:requestHash>").encode()
    changed, count = re.subn(rb"</xroad:id>", lambda found: found[0] + element, answer, count=1)
    if count != 1:
        raise Refused("service_failed.missing_header_field", "id")
    return changed


# --- metadata -----------------------------------------------------------------------------------


def metadata(parsed: soap.SoapMessage, allowed: bool) -> tuple[str, list[wire.Part]]:
    """The answer of a metadata service."""
    code = parsed.service.code
    if code == "getWsdl":
        return wsdl(parsed)
    owner = "".join(f"<id:{name}>{value}</id:{name}>" for name, value in zip(
        ("xRoadInstance", "memberClass", "memberCode", "subsystemCode"), parsed.service.client.fields()))
    listed = ADDRESSES if code == "listMethods" or allowed else ()
    found = "".join(f'<xroad:service id:objectType="SERVICE">{owner}<id:serviceCode>{name}</id:serviceCode>'
                    f"<id:serviceVersion>{VERSION}</id:serviceVersion></xroad:service>" for name in listed)
    return CT_TEXT_XML, [wire.simple(CT_TEXT_XML, answer(parsed, found))]


def answer(parsed: soap.SoapMessage, content: str) -> bytes:
    name = f"xroad:{parsed.service.code}Response"
    return soap.response_for(parsed, f"<{name}>{content}</{name}>")


def wsdl(parsed: soap.SoapMessage) -> tuple[str, list[wire.Part]]:
    """The description of a service as an attachment, without addresses."""
    asked = parse_xml(parsed.raw).find(f".//{_XROAD}getWsdl")
    code, version = (asked.findtext(_XROAD + name) or "" for name in ("serviceCode", "serviceVersion"))
    if not code.strip():
        raise Refused("invalid_request", "Missing serviceCode in message body")
    if code == "svc" and not version:
        raise Refused("service_type", "Service is a REST service and does not have a WSDL")
    if code not in ADDRESSES or version != VERSION:
        service = "/".join(["SERVICE:INST/GOV/2222/SUB2", code] + ([version] if version else []))
        raise Refused("unknown_service", f"Could not find wsdl URL for service {service}")
    found = http1.request(*BACKEND, http1.head("GET /wsdl HTTP/1.1", [("Host", "%s:%d" % BACKEND), ("Connection", "close")]))
    if http1.status_of(found) != 200:
        raise Refused("internal_error", found.start)
    document = parse_xml(found.body)
    for address in document.iter(_WSDL_SOAP + "address"):
        address.set("location", ENDPOINT)
    headers = [("content-type", "text/xml"), ("Content-Transfer-Encoding", "binary"),
               ("Content-ID", f"<wsdl={uuid.uuid4()}@x-road.eu>")]
    content = f"<xroad:serviceCode>{code}</xroad:serviceCode><xroad:serviceVersion>{version}</xroad:serviceVersion>"
    parts = [wire.simple(CT_TEXT_XML, answer(parsed, content)), wire.Part(headers, etree.tostring(document))]
    return f'multipart/related; type="text/xml"; charset=UTF-8; boundary=jetty{uuid.uuid4().hex}', parts

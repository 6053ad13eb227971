"""The WSDL of the captured backend's services, at the address that the captured configuration names."""
from __future__ import annotations

from peer import http1

WSDL = b"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions targetNamespace="http://x-road.eu/xsd/xroad.xsd" xmlns:tns="http://x-road.eu/xsd/xroad.xsd"
    xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <!-- The services of the pair. -->
  <wsdl:types>
    <xsd:schema targetNamespace="http://x-road.eu/xsd/xroad.xsd">
      <xsd:element name="getRandom" type="xsd:anyType"/>
      <xsd:element name="getRandomResponse" type="xsd:anyType"/>
      <xsd:element name="getFault" type="xsd:anyType"/>
    </xsd:schema>
  </wsdl:types>
  <wsdl:message name="getRandom"><wsdl:part name="body" element="tns:getRandom"/></wsdl:message>
  <wsdl:message name="getRandomResponse"><wsdl:part name="body" element="tns:getRandomResponse"/></wsdl:message>
  <wsdl:message name="getFault"><wsdl:part name="body" element="tns:getFault"/></wsdl:message>
  <wsdl:portType name="port">
    <wsdl:operation name="getRandom">
      <wsdl:input message="tns:getRandom"/><wsdl:output message="tns:getRandomResponse"/>
    </wsdl:operation>
    <wsdl:operation name="getFault">
      <wsdl:input message="tns:getFault"/><wsdl:output message="tns:getRandomResponse"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="binding" type="tns:port">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="getRandom">
      <soap:operation soapAction=""/><tns:version>v1</tns:version>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
    <wsdl:operation name="getFault">
      <soap:operation soapAction=""/><tns:version>v1</tns:version>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="service">
    <wsdl:port name="port" binding="tns:binding"><soap:address location="http://127.0.0.20:8090/soap"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"""


def before(handle):
    """A backend's handler that gives the description out, and leaves everything else to `handle`."""
    def described(backend, message: http1.Message) -> http1.Answer:
        if message.start.startswith("GET /wsdl "):
            return http1.plain_answer("200 OK", WSDL, "text/xml")
        return handle(backend, message)
    return described

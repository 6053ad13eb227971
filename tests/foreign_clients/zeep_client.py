"""An information system of the consumer, with zeep and nothing of ours: loads a description, calls what it describes,
and prints what it saw as JSON.

    zeep_client.py SERVER WSDL CLIENT SERVICE PERSON...

SERVER is the one address that anything may be loaded from or sent to; CLIENT and SERVICE are identifiers with slashes.
"""

import json
import sys

import requests
import zeep
from lxml import etree
from zeep.transports import Transport

server, wsdl, client, service, *persons = sys.argv[1:]
seen = []


class Refusing(requests.adapters.BaseAdapter):
    """For every address that is not the server's."""

    def send(self, request, **_):
        sys.exit(f"{request.url} was asked for, which is not at {server}")

    def close(self):
        pass


class Watching(requests.adapters.HTTPAdapter):
    """For the server."""

    def send(self, request, **settings):
        seen.append(f"{request.method} {request.url}")
        return super().send(request, **settings)


class OneServer(Transport):
    """Files are no way around it either."""

    def load(self, url):
        if not url.startswith(server + "/"):
            sys.exit(f"{url} was to be loaded, which is not at {server}")
        return super().load(url)


session = requests.Session()
session.trust_env = False
session.mount("http://", Refusing())
session.mount("https://", Refusing())
session.mount(server + "/", Watching())

soap = zeep.Client(server + wsdl, transport=OneServer(session=session, timeout=120, operation_timeout=120))
[port] = soap.wsdl.services["persons"].ports.values()


def identifier(kind, text):
    names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode", "serviceCode", "serviceVersion"]
    return dict(zip(names, text.split("/")), objectType=kind)


def call(person, service):
    header = {
        "client": identifier("SUBSYSTEM", client),
        "service": identifier("SERVICE", service),
        "userId": "EE12345678901",
        "id": "zeep-" + person,
        "protocolVersion": "4.0",
        "representedParty": {"partyCode": "R-7"},
    }
    try:
        answer = soap.service.personName(code=person, _soapheaders=header)
    except zeep.exceptions.Fault as fault:
        detail = None if fault.detail is None else etree.tostring(fault.detail, encoding="unicode")
        return {"code": fault.code, "message": fault.message, "detail": detail}
    return {"name": answer.body.name, "id": answer.header.id, "client": answer.header.client.subsystemCode}


answers = [call(person, service) for person in persons]
answers.append(call("any", service + "-of-another-version"))
print(json.dumps({"address": port.binding_options["address"], "answers": answers, "seen": seen}))

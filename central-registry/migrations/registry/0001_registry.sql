-- Who takes part in the instance, which trust services are approved, and what was published.
-- Certificates are DER. Times are milliseconds since 1970, UTC.

CREATE TABLE instance (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    identifier TEXT NOT NULL,
    operator TEXT NOT NULL,
    management_address TEXT,
    management_certificate BLOB,
    ocsp_freshness_seconds INTEGER NOT NULL,
    timestamping_interval_seconds INTEGER NOT NULL
) STRICT;

CREATE TABLE member_class (
    code TEXT PRIMARY KEY,
    description TEXT NOT NULL
) STRICT;

CREATE TABLE member (
    class TEXT NOT NULL REFERENCES member_class,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (class, code)
) STRICT;

-- Members and subsystems are clients; the path is instance/class/code or instance/class/code/subsystem.
CREATE TABLE subsystem (
    class TEXT NOT NULL,
    code TEXT NOT NULL,
    subsystem TEXT NOT NULL,
    name TEXT,
    PRIMARY KEY (class, code, subsystem),
    FOREIGN KEY (class, code) REFERENCES member
) STRICT;

CREATE TABLE server (
    path TEXT PRIMARY KEY,
    address TEXT,
    in_maintenance INTEGER NOT NULL CHECK (in_maintenance IN (0, 1)),
    maintenance_message TEXT
) STRICT;

CREATE TABLE server_client (
    server TEXT NOT NULL REFERENCES server,
    client TEXT NOT NULL,
    PRIMARY KEY (server, client)
) STRICT;

-- A certificate identifies one server.
CREATE TABLE auth_certificate (
    sha256 BLOB PRIMARY KEY,
    server TEXT NOT NULL REFERENCES server,
    certificate BLOB NOT NULL
) STRICT;

CREATE TABLE global_group (
    code TEXT PRIMARY KEY,
    description TEXT NOT NULL
) STRICT;

-- Members of groups may belong to other instances.
CREATE TABLE global_group_member (
    code TEXT NOT NULL REFERENCES global_group,
    client TEXT NOT NULL,
    PRIMARY KEY (code, client)
) STRICT;

CREATE TABLE certification_service (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    authentication_only INTEGER CHECK (authentication_only IN (0, 1)),
    profile TEXT NOT NULL,
    default_csr_format TEXT CHECK (default_csr_format IN ('PEM', 'DER')),
    acme_directory TEXT,
    acme_ip_address TEXT,
    acme_authentication_profile TEXT,
    acme_signing_profile TEXT
) STRICT;

-- Position 0 is the top authority.
CREATE TABLE certification_authority (
    service TEXT NOT NULL REFERENCES certification_service,
    position INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    PRIMARY KEY (service, position)
) STRICT;

CREATE TABLE ocsp_responder (
    service TEXT NOT NULL,
    authority INTEGER NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    certificate BLOB,
    cost_type TEXT CHECK (cost_type IN ('FREE', 'PAID', 'UNDEFINED')),
    PRIMARY KEY (service, authority, position),
    FOREIGN KEY (service, authority) REFERENCES certification_authority (service, position)
) STRICT;

CREATE TABLE timestamping_service (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    certificate BLOB NOT NULL,
    cost_type TEXT CHECK (cost_type IN ('FREE', 'PAID', 'UNDEFINED'))
) STRICT;

-- What was changed by whom of the commands; lines as `plan` shows them.
CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    command TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;

-- One row before a generation is signed; its outcome afterwards. Files are named by their SHA-512.
CREATE TABLE generation (
    stamp TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    draft TEXT NOT NULL,
    finished_at INTEGER,
    outcome TEXT
) STRICT;

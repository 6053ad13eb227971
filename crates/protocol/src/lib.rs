//! Message formats without sockets and clock: REST r1, transport multipart, headers, faults, limits.

//! The database of Personal-LINK. No column holds an attribute of a person, a name, or a member's own number: a person
//! is a random Base-ID, everything else is a handle, a hash, a public key or an identifier of the network.

use crate::store::Migration;

/// Name of the database.
pub const DATABASE: &str = "personal-link";

/// Times are milliseconds since 1970, UTC. Ids and hashes are BLOBs.
pub const MIGRATIONS: &[Migration] = &["
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

    CREATE TABLE device_key (
        key_id BLOB PRIMARY KEY,
        base_id BLOB NOT NULL,
        point BLOB NOT NULL,
        enrolled_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE used_nonce (
        key_id BLOB NOT NULL,
        nonce BLOB NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (key_id, nonce)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX used_nonce_until ON used_nonce (until);

    CREATE TABLE link_token (
        token_hash BLOB PRIMARY KEY,
        base_id BLOB NOT NULL,
        subsystem TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        server TEXT,
        attempt BLOB
    ) STRICT;
    CREATE INDEX link_token_person ON link_token (base_id);

    CREATE TABLE link (
        link BLOB PRIMARY KEY,
        base_id BLOB NOT NULL,
        subsystem TEXT NOT NULL,
        linked_at INTEGER NOT NULL,
        UNIQUE (base_id, subsystem)
    ) STRICT;

    CREATE TABLE exchange_pair (
        exchange BLOB PRIMARY KEY,
        base_id BLOB NOT NULL,
        consumer TEXT NOT NULL,
        provider TEXT NOT NULL,
        UNIQUE (base_id, consumer, provider)
    ) STRICT;

    CREATE TABLE consent (
        opened INTEGER PRIMARY KEY AUTOINCREMENT,
        consent BLOB NOT NULL UNIQUE,
        base_id BLOB NOT NULL,
        provider TEXT NOT NULL,
        service TEXT NOT NULL,
        consumer TEXT NOT NULL,
        purpose TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('active', 'refused', 'withdrawn')),
        valid_from INTEGER,
        valid_until INTEGER,
        head BLOB NOT NULL,
        events INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX consent_person ON consent (base_id, provider, service, consumer, purpose);
    CREATE INDEX consent_provider ON consent (provider);
    CREATE INDEX consent_consumer ON consent (consumer);

    CREATE TABLE consent_event (
        consent BLOB NOT NULL,
        position INTEGER NOT NULL,
        canonical BLOB NOT NULL,
        signature BLOB NOT NULL,
        hash BLOB NOT NULL UNIQUE,
        recorded_at INTEGER NOT NULL,
        PRIMARY KEY (consent, position)
    ) STRICT, WITHOUT ROWID;

    -- What was said stays said (INV-04), and what has ended does not come back (INV-10), whatever the program does.
    CREATE TRIGGER consent_event_kept BEFORE UPDATE ON consent_event
        BEGIN SELECT RAISE(ABORT, 'consent events are never changed'); END;
    CREATE TRIGGER consent_event_never_deleted BEFORE DELETE ON consent_event
        BEGIN SELECT RAISE(ABORT, 'consent events are never deleted'); END;
    CREATE TRIGGER consent_final BEFORE UPDATE ON consent WHEN OLD.state <> 'active'
        BEGIN SELECT RAISE(ABORT, 'a consent that has ended does not change'); END;
    CREATE TRIGGER consent_flow_fixed BEFORE UPDATE OF consent, base_id, provider, service, consumer, purpose ON consent
        BEGIN SELECT RAISE(ABORT, 'a consent is about one flow for ever'); END;
    CREATE TRIGGER consent_never_deleted BEFORE DELETE ON consent
        BEGIN SELECT RAISE(ABORT, 'consents are never deleted'); END;
"];

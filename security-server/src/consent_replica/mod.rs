//! Local copy of the consents that concern our subsystems.

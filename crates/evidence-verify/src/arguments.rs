//! The command line.

use std::path::PathBuf;

use clap::Parser;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const LONG_ABOUT: &str = "\
Verifies an evidence container (ASiC-E) as security servers export it, offline.

Checked are: the signature and everything it covers, the certificate of the signer and its path to an \
approved certification service, the OCSP response that was made then, and the timestamp of an approved \
timestamping authority. Certificate and OCSP response are judged for the moment of the timestamp.";

const AFTER_HELP: &str = "\
Exit status:
  0  the container is valid
  1  it is not valid; the reason code is X-Road's
  2  container, global configuration or command line cannot be read

The global configuration is a folder in X-Road's stored form: the file `instance-identifier` and, for each
instance, a folder with `shared-params.xml` and `shared-params.xml.metadata`. `/etc/xroad/globalconf` of a
security server is such a folder, and so is what it gives out as `verificationconf`. Whether it has expired
does not matter here.

Examples:
  evidence-verify q1-request.asice --global-conf verificationconf
  evidence-verify q1-request.asice --global-conf /etc/xroad/globalconf --json
  evidence-verify q1-request.asice --global-conf verificationconf --at 2026-11-21T15:20:00Z";

/// What is to be verified, against what, and how to answer.
#[derive(Debug, Parser)]
#[command(name = "evidence-verify", version, about = "Verifies an evidence container offline")]
#[command(long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub struct Arguments {
    /// The container (.asice)
    pub container: PathBuf,

    /// Folder with the global configuration in X-Road's stored form
    #[arg(long, value_name = "DIR")]
    pub global_conf: PathBuf,

    /// Judge certificate and OCSP response for this moment instead of the timestamp's (RFC 3339, e.g.
    /// 2026-11-21T15:20:00Z)
    #[arg(long, value_name = "TIME", value_parser = time_argument)]
    pub at: Option<OffsetDateTime>,

    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

fn time_argument(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "not an RFC 3339 time, write it like 2026-11-21T15:20:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time_argument("2026-11-21T17:20:00+02:00"), Ok(datetime!(2026-11-21 15:20 UTC)));
        for text in ["", "2026-11-21", "2026-11-21 15:20:00", "yesterday"] {
            assert!(time_argument(text).is_err(), "{text}");
        }
    }
}

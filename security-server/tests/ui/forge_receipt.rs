//! A journal receipt made by hand.

use security_server::message_log::LogReceipt;
use security_server::relay::state::{Authorised, Recorded};

fn forge(state: Authorised, receipt: LogReceipt) -> Recorded<Authorised> {
    Recorded { state, receipt }
}

fn main() {}

//! Answering our information system before the response is in the journal.

use security_server::relay::stage;
use security_server::relay::state::Correlated;

fn skip(correlated: Correlated) {
    let _ = stage::answer_client(correlated);
}

fn main() {}

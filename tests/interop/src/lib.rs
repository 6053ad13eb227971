//! Puts our security server in the place of one server of the captured stock pair, lets it exchange messages with
//! whatever stands in the place of the other, and compares what happens with what a stock server does.
//!
//! Table of contents, in the order of a run:
//!
//! * [`arguments`]: the command line; [`surroundings`]: where the checkout, the shared data and the programs are;
//! * [`place`]: which server of the pair is ours, and what stands where;
//! * [`material`]: identity, keys, configuration and declarations of that server, from the captures;
//! * [`server`]: our server's configuration, start and readiness; [`process`]: programs that run meanwhile;
//! * [`partner`]: what stands at the other's address, or the foreign peer put there;
//! * [`cases`]: START HERE. The table of what is asked and what must come back;
//! * [`exchange`]: one case carried out, over [`http`]; [`verdict`]: compared with what the table says;
//! * [`evidence`]: the journal's containers of each message, read, compared, and verified by `evidence-verify`;
//! * [`report`]: lines and sums; [`run`]: all of it in order.

pub mod arguments;
pub mod cases;
pub mod evidence;
pub mod exchange;
pub mod http;
pub mod material;
pub mod partner;
pub mod place;
pub mod process;
pub mod report;
pub mod run;
pub mod server;
pub mod surroundings;
pub mod verdict;

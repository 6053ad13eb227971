//! Personal-LINK from outside: real ports, real TLS, the clients that devices and security servers use.
//!
//! - [`world`]: a registry with two, later three, security servers of a fictional town
//! - [`persons`]: enrolment, links, consents, and what is refused
//! - [`streams`]: what security servers receive, when, and what happens when something breaks

#[cfg(test)]
mod persons;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod world;

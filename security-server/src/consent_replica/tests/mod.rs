//! Both halves together: the registry with its real ports, and the gates of two security servers.

mod exchange;
mod faults;
mod world;

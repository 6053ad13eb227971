mod batches;
mod changes;
mod live;
mod round_trip;
mod samples;

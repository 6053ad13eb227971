mod own;
mod stock;

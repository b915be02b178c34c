//! The model screens from hand-built diagnoses, and the laws of 40 lines and 80 columns over random ones.

mod gateway;
mod laws;
mod lists;
mod models;
mod sample;

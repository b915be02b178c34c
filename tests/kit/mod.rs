//! What the tests over whole captures share: packets that can be changed and written again, and an analysis in memory.
#![expect(dead_code, reason = "each of the tests uses a part of the kit")]

pub(crate) mod cases;
pub(crate) mod causes;
pub(crate) mod change;
pub(crate) mod flows;
pub(crate) mod hellos;
pub(crate) mod packet;
pub(crate) mod parse;
pub(crate) mod random;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod wrap;
pub(crate) mod write;

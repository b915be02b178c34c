//! Small shapes that several records share.

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Side;
use crate::base::Sides;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Frames that show something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FramesRecord {
    /// Index of the input the frames belong to, as in `sources` of the run line.
    pub source: u16,
    /// Numbers of the frames, from 1, as in Wireshark.
    pub frames: Vec<u64>,
    /// Frames in further inputs, where it spans rotated files. Left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub continued: Vec<ContinuedRecord>,
}

/// Frames of a further input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContinuedRecord {
    /// Index of the input.
    pub source: u16,
    /// Numbers of the frames.
    pub frames: Vec<u64>,
}

impl From<&[FrameRef]> for FramesRecord {
    fn from(frames: &[FrameRef]) -> Self {
        let mut runs: Vec<ContinuedRecord> = Vec::new();
        for frame in frames {
            match runs.iter_mut().find(|run| run.source == frame.source()) {
                Some(run) => run.frames.push(frame.number()),
                None => runs.push(ContinuedRecord {
                    source: frame.source(),
                    frames: vec![frame.number()],
                }),
            }
        }
        let mut runs = runs.into_iter();
        let first = runs.next().unwrap_or(ContinuedRecord {
            source: 0,
            frames: Vec::new(),
        });
        Self {
            source: first.source,
            frames: first.frames,
            continued: runs.collect(),
        }
    }
}

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FrameRecord {
    /// Index of the input the frame belongs to.
    pub source: u16,
    /// Number of the frame, from 1, as in Wireshark.
    pub frame: u64,
}

impl From<FrameRef> for FrameRecord {
    fn from(frame: FrameRef) -> Self {
        Self {
            source: frame.source(),
            frame: frame.number(),
        }
    }
}

/// A sentence and the frames that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SentenceRecord {
    /// The frames.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// The sentence, English.
    pub text: String,
}

/// An address and port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndRecord {
    /// IPv4 or IPv6 address.
    pub ip: String,
    /// TCP port.
    pub port: u16,
}

impl From<Endpoint> for EndRecord {
    fn from(end: Endpoint) -> Self {
        Self {
            ip: end.ip.to_string(),
            port: end.port,
        }
    }
}

/// A value of each side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "SidesOf_{T}")]
pub struct SidesRecord<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T: Clone> From<&Sides<T>> for SidesRecord<T> {
    fn from(sides: &Sides<T>) -> Self {
        Self {
            client: sides.client.clone(),
            server: sides.server.clone(),
        }
    }
}

/// Who sent a packet, by the address in it, which is never proof of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideRecord {
    /// The side that opened the connection.
    Client,
    /// The side that was connected to.
    Server,
}

impl From<Side> for SideRecord {
    fn from(side: Side) -> Self {
        match side {
            Side::Client => Self::Client,
            Side::Server => Self::Server,
        }
    }
}

/// Fields that are left out because nobody could see them: path in the record and reason.
#[derive(Debug, Default)]
pub(super) struct Hidden(pub(super) BTreeMap<String, String>);

impl Hidden {
    /// Notes that `field` is left out, or not whole, because of `reason`.
    pub(super) fn put(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.insert(field.into(), reason.into());
    }

    /// `value`, or a note that it is left out.
    pub(super) fn unless<T>(
        &mut self,
        seen: bool,
        value: T,
        field: &str,
        reason: &str,
    ) -> Option<T> {
        if seen {
            return Some(value);
        }
        self.put(field, reason);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_two_rotated_files_keep_their_file_beside_them() {
        let frames = [(0, 9), (1, 1), (1, 2)].map(|(source, number)| FrameRef::new(source, number));
        let record = serde_json::to_string(&FramesRecord::from(&frames[..])).unwrap();
        assert_eq!(
            record,
            r#"{"source":0,"frames":[9],"continued":[{"source":1,"frames":[1,2]}]}"#
        );
    }
}

//! How good the capture is, said before any verdict, with what would make the next one better.

use super::is_bare;
use crate::base::FrameRef;
use crate::base::SECOND;
use crate::decode::Segment;
use crate::facts::CaptureProblem;
use crate::facts::Directions;
use crate::facts::RunFacts;

/// Example frames kept for one problem.
const EXAMPLES: usize = 5;
/// TCP packets without a single bare one that make a content filter likely.
const FILTERED: u64 = 40;

/// What was noticed of the capture itself.
#[derive(Debug, Default)]
pub(super) struct Quality {
    cut: u64,
    cut_frames: Vec<FrameRef>,
    back_frames: Vec<FrameRef>,
    pauses: u64,
    pause_frames: Vec<FrameRef>,
    pause_text: String,
    bare: u64,
    tcp: u64,
}

impl Quality {
    pub(super) fn segment(&mut self, segment: &Segment<'_>, _elapsed: u64) {
        self.tcp += 1;
        self.bare += u64::from(is_bare(segment));
        if usize::try_from(segment.payload_length)
            .is_ok_and(|length| length > segment.payload.len())
        {
            self.cut += 1;
            keep(&mut self.cut_frames, segment.frame);
        }
    }

    pub(super) fn stepped_back(&mut self, frame: FrameRef) {
        keep(&mut self.back_frames, frame);
    }

    pub(super) fn paused(&mut self, frame: FrameRef, waiting: u64, quiet: u64) {
        self.pauses += 1;
        if self.pause_text.is_empty() {
            let seconds = quiet / SECOND;
            self.pause_text = if waiting >= 3 {
                format!(
                    "nothing was captured for {seconds} s although {waiting} flows were to send again; taken for a pause of the capture"
                )
            } else {
                format!(
                    "nothing at all was captured for {seconds} s; taken for a pause of the capture"
                )
            };
        }
        keep(&mut self.pause_frames, frame);
    }

    /// Writes the problems into the facts of the run.
    pub(super) fn finish(
        self,
        run: &mut RunFacts,
        steps: u64,
        gaps: &[FrameRef],
        missing_flows: u64,
    ) {
        let both = "tcpdump -i any -s 0 -B 65536 -w both.pcap 'tcp or icmp or icmp6'";
        if run.directions != Directions::Both {
            let (side, other) = if run.directions == Directions::ClientOnly {
                ("clients", "server")
            } else {
                ("servers", "client")
            };
            run.problems.push(problem(
                "one-direction",
                run.tcp_packets,
                Vec::new(),
                format!("only packets of {side} are in the capture, none from a {other}"),
                format!("capture where both directions pass: {both}"),
            ));
        }
        if self.cut > 0 {
            run.problems.push(problem(
                "cut-by-snap-length",
                self.cut,
                self.cut_frames,
                format!(
                    "{} TCP packets were cut by the snap length; what was cut cannot be read",
                    self.cut
                ),
                "capture whole packets: tcpdump -s 0".to_owned(),
            ));
        }
        if run.missing_bytes > 0 {
            run.problems.push(problem("missing-packets", missing_flows, gaps.to_vec(), format!("{} bytes in {missing_flows} flows were acknowledged by their receiver but are not in the capture", run.missing_bytes), "use a larger buffer (tcpdump -B 65536) and a filter that takes less".to_owned()));
        }
        if run.copies > 0 {
            run.problems.push(problem(
                "captured-twice",
                run.copies,
                Vec::new(),
                format!(
                    "{} packets were captured more than once (counted once here)",
                    run.copies
                ),
                "capture on one interface instead of any, or in one direction of a SPAN port"
                    .to_owned(),
            ));
        }
        if steps > 0 {
            run.problems.push(problem(
                "clock-step",
                steps,
                self.back_frames,
                format!("the capture's clock went back {steps} times by more than a second"),
                "sort a merged file by time (reordercap), or keep the clock steady while capturing"
                    .to_owned(),
            ));
        }
        if self.pauses > 0 {
            run.problems.push(problem(
                "capture-pause",
                self.pauses,
                self.pause_frames,
                self.pause_text,
                String::new(),
            ));
        }
        if run.evicted > 0 {
            run.problems.push(problem(
                "limit-reached",
                run.evicted,
                Vec::new(),
                format!(
                    "{} flows were let go because a bound was reached",
                    run.evicted
                ),
                "raise --max-flows, or select with -f".to_owned(),
            ));
        }
        if self.tcp >= FILTERED && self.bare == 0 {
            run.problems.push(problem("content-filtered", self.tcp, Vec::new(), "every TCP packet carries payload: SYNs, bare ACKs, FINs and RSTs seem to have been filtered out".to_owned(), format!("capture without a filter on content: {both}")));
        }
    }
}

fn problem(
    code: &'static str,
    packets: u64,
    frames: Vec<FrameRef>,
    text: String,
    advice: String,
) -> CaptureProblem {
    CaptureProblem {
        code,
        packets,
        frames,
        text,
        advice,
    }
}

fn keep(frames: &mut Vec<FrameRef>, frame: FrameRef) {
    if frames.len() < EXAMPLES {
        frames.push(frame);
    }
}

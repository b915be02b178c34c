//! How good the capture is, said before any verdict, with what would make the next one better.

use crate::base::FrameRef;
use crate::base::SECOND;
use crate::decode::Segment;
use crate::facts::CaptureProblem;
use crate::facts::Directions;
use crate::facts::RunFacts;
use crate::texts::counted;
use crate::texts::text;

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
    pub(super) fn segment(&mut self, segment: &Segment<'_>) {
        self.tcp += 1;
        self.bare += u64::from(segment.payload_length == 0);
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
                text!("quality.pause-waiting", seconds, waiting)
            } else {
                text!("quality.pause", seconds)
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
            let text = if run.directions == Directions::ClientOnly {
                text!("quality.only-clients")
            } else {
                text!("quality.only-servers")
            };
            run.problems.push(problem(
                "one-direction",
                run.tcp_packets,
                Vec::new(),
                text.to_owned(),
                text!("quality.do-both-directions", both),
            ));
        }
        if self.cut > 0 {
            run.problems.push(problem(
                "cut-by-snap-length",
                self.cut,
                self.cut_frames,
                counted!("quality.cut", self.cut),
                text!("quality.do-whole-packets").to_owned(),
            ));
        }
        if run.missing_bytes > 0 {
            run.problems.push(problem(
                "missing-packets",
                missing_flows,
                gaps.to_vec(),
                missing(run.missing_bytes, missing_flows),
                text!("quality.do-larger-buffer").to_owned(),
            ));
        }
        if run.copies > 0 {
            run.problems.push(problem(
                "captured-twice",
                run.copies,
                Vec::new(),
                counted!("quality.twice", run.copies),
                text!("quality.do-one-interface").to_owned(),
            ));
        }
        if steps > 0 {
            run.problems.push(problem(
                "clock-step",
                steps,
                self.back_frames,
                counted!("quality.clock-step", steps),
                text!("quality.do-sort").to_owned(),
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
                counted!("quality.limit", run.evicted),
                text!("quality.do-raise-limit").to_owned(),
            ));
        }
        if self.tcp >= FILTERED && self.bare == 0 {
            run.problems.push(problem(
                "content-filtered",
                self.tcp,
                Vec::new(),
                text!("quality.content-filtered").to_owned(),
                text!("quality.do-no-content-filter", both),
            ));
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

/// What was received and not captured.
fn missing(bytes: u64, flows: u64) -> String {
    let bytes = counted!("noun.byte", bytes);
    counted!("quality.missing", flows, bytes)
}

fn keep(frames: &mut Vec<FrameRef>, frame: FrameRef) {
    if frames.len() < EXAMPLES {
        frames.push(frame);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::Options;
    use crate::analyze::sample::Talk;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::facts::CaptureProblem;
    use crate::flow::Limits;
    use crate::track::sample::client_hello;

    fn problems(talk: &Talk, options: &Options) -> Vec<CaptureProblem> {
        talk.analysed(options).1.problems
    }

    fn codes(talk: &Talk) -> Vec<&'static str> {
        let problems = problems(talk, &Options::default());
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn a_whole_capture_has_no_problem() {
        assert_eq!(codes(&Talk::completed(1)), [""; 0]);
        assert_eq!(codes(&Talk::new(1)), [""; 0]);
    }

    #[test]
    fn one_direction_alone_is_said() {
        let mut talk = Talk::completed(1);
        talk.packets.retain(|packet| packet.src.port == 1);
        assert!(codes(&talk).contains(&"one-direction"));
    }

    #[test]
    fn packets_cut_by_the_snap_length_are_counted_and_shown() {
        let mut talk = Talk::completed(1);
        talk.packets[3].cut = 100;
        let all = problems(&talk, &Options::default());
        let cut = all
            .iter()
            .find(|problem| problem.code == "cut-by-snap-length");
        let cut = cut.unwrap();
        assert_eq!((cut.packets, cut.frames[0].number()), (1, 4));
    }

    #[test]
    fn bytes_that_were_acknowledged_and_not_captured_are_missing() {
        let mut talk = Talk::connected(1).send(Side::Client, &client_hello());
        talk = talk.send(Side::Client, &client_hello()).close(Side::Client);
        talk.packets.remove(3);
        assert_eq!(codes(&talk), ["missing-packets"]);
    }

    #[test]
    fn packets_captured_twice_are_said_and_counted_once() {
        let mut talk = Talk::connected(1).close(Side::Client);
        talk.packets = talk
            .packets
            .iter()
            .flat_map(|packet| [packet.clone(), packet.clone()])
            .collect();
        let (all, run) = talk.analysed(&Options::default());
        assert_eq!(run.problems[0].code, "captured-twice");
        assert_eq!(run.copies * 2, u64::try_from(talk.packets.len()).unwrap());
        assert_eq!(all[0].facts.tcp.syn_transmissions, 1);
    }

    #[test]
    fn flows_let_go_at_a_bound_are_said() {
        let options = Options {
            limits: Limits {
                flows: 1,
                ..Limits::default()
            },
            ..Options::default()
        };
        let talk = Talk::new(1).syn().then(Talk::new(2).syn());
        let all = problems(&talk, &options);
        assert_eq!((all[0].code, all[0].packets), ("limit-reached", 1));
    }

    #[test]
    fn a_step_back_of_the_clock_is_said() {
        let mut talk = Talk::completed(1).then(Talk::completed(2));
        talk.packets.rotate_left(20);
        assert!(codes(&talk).contains(&"clock-step"));
    }

    #[test]
    fn a_capture_without_a_single_bare_packet_was_filtered() {
        let mut talk = Talk::new(1);
        for _ in 0..50 {
            talk = talk.send(Side::Client, b"x").send(Side::Server, b"y");
        }
        assert!(!codes(&talk).contains(&"content-filtered"));
        talk.packets.retain(|packet| !packet.payload.is_empty());
        assert!(codes(&talk).contains(&"content-filtered"));
    }

    #[test]
    fn a_pause_is_said_with_its_length() {
        let talk = Talk::completed(1).then(Talk::completed(2).wait(0));
        assert!(!codes(&talk).contains(&"capture-pause"));
        let talk = Talk::completed(1)
            .wait(400 * SECOND)
            .then(Talk::completed(2));
        let all = problems(&talk, &Options::default());
        assert_eq!(all[0].code, "capture-pause");
        assert!(all[0].text.contains("401 s"), "{}", all[0].text);
    }
}

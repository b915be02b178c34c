//! Following flows on a thread of its own, reading and comparing on the caller's.
//!
//! ```text
//! caller: frames → batch ──jobs──▶ follower: flows → TLS → diagnoses ──replies──▶ caller: names, sums, incidents, sink
//! ```
//!
//! Both threads take everything in the order of the capture, so the output does not depend on how many there are. Flows are not
//! divided among threads: what one flow means can depend on others (a server known to speak TLS, a pause of the capture, the
//! number of a stream), and on their order. Reading and comparing together take about as long as following; the caller reads while
//! few jobs are under way, and compares what came back while enough are.

use super::Collector;
use super::Error;
use super::Progress;
use super::Settings;
use super::Watch;
use super::memory::Bound;
use super::reading;
use super::reading::Engine;
use super::reading::Picked;
use super::reading::add_source;
use crate::analyze::Batch;
use crate::analyze::Batcher;
use crate::analyze::Follower;
use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Frame;
use crate::capture::Input;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::pattern::Diagnosis;
use std::collections::VecDeque;
use std::mem;
use std::sync::mpsc;
use std::thread;

/// Jobs under way, at most. Measured: with four, the threads wait for each other a twentieth of the time more.
const AHEAD: usize = 8;
/// Things told in one reply, at most.
const TOLD: usize = 128;
/// Replies that wait, at most: a caller that is slower holds the follower up.
const WAITING: usize = 8;
/// Facts and lists kept to be used again, at most: more of them are under way only where very many flows end at once.
const KEPT: usize = 256;

/// What is told.
#[derive(Debug)]
enum Told {
    Diagnosis(Diagnosis),
    Answer(Box<DnsFacts>),
}

/// Frames to be followed, and what else there is to do behind them.
#[derive(Debug, Default)]
struct Job {
    batch: Batch,
    /// Packets were lost so far, and nothing more came up to this time: known of live inputs only.
    round: Option<(Drops, Option<Timestamp>)>,
    /// Memory is to be looked at.
    look: bool,
    /// Nothing comes behind it, and so many fragments were lost.
    last: Option<u64>,
    used: Used,
}

/// What came of a job, or the first part of it.
#[derive(Debug, Default)]
struct Reply {
    told: Vec<Told>,
    done: Option<Done>,
}

/// A job is done.
#[derive(Debug)]
struct Done {
    batch: Batch,
    /// Memory was looked at, too.
    looked: bool,
    /// Taken, and lost.
    packets: (u64, u64),
    flows: usize,
}

/// What the caller has no more use for.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "they are used again where they are")]
struct Used {
    told: Vec<Vec<Told>>,
    facts: Vec<Box<HandshakeFacts>>,
}

impl Used {
    fn add_facts(&mut self, facts: impl IntoIterator<Item = Box<HandshakeFacts>>) {
        let room = KEPT.saturating_sub(self.facts.len());
        self.facts.extend(facts.into_iter().take(room));
    }

    fn add_told(&mut self, told: impl IntoIterator<Item = Vec<Told>>) {
        let room = WAITING.saturating_sub(self.told.len());
        self.told.extend(told.into_iter().take(room));
    }
}

/// Reads `source` and gives `collector` what another thread makes of it. As [`reading::read`].
pub(super) fn read<I: Input>(
    source: &mut I,
    settings: &Settings,
    collector: &mut Collector<'_>,
    watch: Watch<'_>,
) -> Result<RunFacts, Error> {
    let follower = Follower::new(settings.options.clone());
    let mut picked = Picked::new(settings);
    let (jobs, wanted) = mpsc::channel();
    let (sender, replies) = mpsc::sync_channel(WAITING);
    let facts = thread::scope(|scope| {
        let mut caller = Caller {
            batcher: Batcher::new(&settings.options, &follower),
            under_way: 0,
            begun: false,
            job: Job::default(),
            names: Vec::new(),
            names_sent: VecDeque::new(),
            batches: Vec::new(),
            used: Used::default(),
            consumed: 0,
            stopped: false,
            collector,
            watch,
            jobs,
            replies,
        };
        let worker = scope.spawn(|| Worker::new(settings, sender).work(follower, wanted));
        let outcome = reading::frames(source, &mut picked, &mut caller);
        if outcome.is_ok() {
            caller.finish(source.drops());
        }
        drop(caller);
        match worker.join() {
            Ok(facts) => outcome.map(|()| facts.unwrap_or_default()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    let mut facts = facts?;
    add_source(&mut facts, source, &picked);
    Ok(facts)
}

/// The thread that reads and compares.
struct Caller<'a, 'b> {
    collector: &'a mut Collector<'b>,
    watch: Watch<'a>,
    batcher: Batcher,
    jobs: mpsc::Sender<Job>,
    replies: mpsc::Receiver<Reply>,
    under_way: usize,
    /// Something of the oldest job under way was told.
    begun: bool,
    /// The next one.
    job: Job,
    /// Names to be told before what comes of the next job, and before what comes of each one under way.
    names: Vec<DnsFacts>,
    names_sent: VecDeque<Vec<DnsFacts>>,
    /// To be filled again.
    batches: Vec<Batch>,
    used: Used,
    /// Bytes of the source taken at the last look.
    consumed: u64,
    /// No more is wanted.
    stopped: bool,
}

impl<I: Input> Engine<I> for Caller<'_, '_> {
    fn names(&mut self, names: Vec<DnsFacts>) {
        self.send();
        self.names = names;
    }

    fn look(&mut self, source: &mut I) -> bool {
        self.consumed = source.bytes_consumed();
        self.job.look = true;
        // Of a slow input, as of a pipe, no handshake is told late.
        while let Ok(reply) = self.replies.try_recv() {
            self.reply(reply);
        }
        !self.stopped
    }

    #[cold]
    fn round(&mut self, source: &mut I, idle: Option<Timestamp>) {
        self.job.round = Some((source.drops(), idle));
        self.send();
        self.receive_all();
    }

    #[inline]
    fn frame(&mut self, frame: &Frame<'_>) {
        self.batcher.add(frame, &mut self.job.batch);
        if self.job.batch.is_full() {
            self.send();
        }
    }
}

impl Caller<'_, '_> {
    /// Nothing more is read, and so much was lost.
    fn finish(&mut self, drops: Drops) {
        self.job.round = Some((drops, None));
        self.job.last = Some(self.batcher.finish());
        self.send();
        self.receive_all();
    }

    /// Sends the job, and begins another with what was used before.
    fn send(&mut self) {
        while self.under_way >= AHEAD {
            self.receive();
        }
        let next = Job {
            batch: self.batches.pop().unwrap_or_default(),
            used: mem::take(&mut self.used),
            ..Job::default()
        };
        let job = mem::replace(&mut self.job, next);
        if self.jobs.send(job).is_ok() {
            self.under_way += 1;
            self.names_sent.push_back(mem::take(&mut self.names));
        }
    }

    fn receive_all(&mut self) {
        while self.under_way > 0 {
            self.receive();
        }
    }

    /// Waits for the next reply.
    fn receive(&mut self) {
        match self.replies.recv() {
            Ok(reply) => self.reply(reply),
            Err(mpsc::RecvError) => {
                // It panicked, as is found out when it is joined.
                self.under_way = 0;
                self.stopped = true;
            }
        }
    }

    /// Compares what is told.
    fn reply(&mut self, reply: Reply) {
        if !self.begun {
            let names = self.names_sent.pop_front().unwrap_or_default();
            names
                .into_iter()
                .for_each(|name| self.collector.answer(Box::new(name)));
        }
        self.begun = reply.done.is_none();
        self.take(reply.told);
        if let Some(done) = reply.done {
            self.done(done);
        }
    }

    fn take(&mut self, mut told: Vec<Told>) {
        for one in told.drain(..) {
            match one {
                Told::Diagnosis(diagnosis) => {
                    self.used.add_facts(self.collector.diagnosis(diagnosis));
                }
                Told::Answer(answer) => self.collector.answer(answer),
            }
        }
        self.used.add_told([told]);
    }

    fn done(&mut self, done: Done) {
        self.under_way = self.under_way.saturating_sub(1);
        let mut batch = done.batch;
        batch.clear();
        self.batches.push(batch);
        if done.looked {
            let progress = Progress {
                consumed: self.consumed,
                packets: done.packets.0,
                dropped: done.packets.1,
                flows: done.flows,
            };
            self.stopped |= self.collector.error.is_some() || !(self.watch)(&progress);
        }
    }
}

/// The thread that follows.
struct Worker<'a> {
    bound: Option<Bound<'a>>,
    replies: mpsc::SyncSender<Reply>,
    told: Vec<Told>,
    used: Used,
}

impl<'a> Worker<'a> {
    fn new(settings: &'a Settings, replies: mpsc::SyncSender<Reply>) -> Self {
        Self {
            bound: Bound::of(settings),
            replies,
            told: Vec::new(),
            used: Used::default(),
        }
    }

    /// Does all jobs. What was counted, if the last one came.
    fn work(mut self, mut follower: Follower, jobs: mpsc::Receiver<Job>) -> Option<RunFacts> {
        for job in jobs {
            self.used.add_facts(job.used.facts);
            self.used.add_told(job.used.told);
            for number in 0..job.batch.len() {
                job.batch.follow(number, &mut follower, &mut |diagnosis| {
                    self.diagnosis(diagnosis)
                });
                while job.batch.ends_frame(number)
                    && let Some(answer) = follower.take_answer()
                {
                    self.tell(Told::Answer(answer));
                }
            }
            if let Some((drops, idle)) = job.round {
                follower.dropped(drops);
                if let Some(at) = idle {
                    follower.idle(at, &mut |diagnosis| self.diagnosis(diagnosis));
                }
            }
            if job.look && self.bound.as_mut().is_some_and(Bound::is_met) {
                follower.shed();
            }
            let done = Done {
                batch: job.batch,
                looked: job.look,
                packets: follower.packets(),
                flows: follower.live(),
            };
            if let Some(lost) = job.last {
                let facts = follower.finish(lost, &mut |diagnosis| self.diagnosis(diagnosis));
                self.reply(Some(done));
                return Some(facts);
            }
            self.reply(Some(done));
        }
        None
    }

    fn diagnosis(&mut self, diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>> {
        self.tell(Told::Diagnosis(diagnosis));
        self.used.facts.pop()
    }

    fn tell(&mut self, told: Told) {
        self.told.push(told);
        if self.told.len() >= TOLD {
            self.reply(None);
        }
    }

    fn reply(&mut self, done: Option<Done>) {
        let next = self.used.told.pop().unwrap_or_default();
        let told = mem::replace(&mut self.told, next);
        // Nobody hears it where reading failed: then there is nothing to be told any more.
        let _ = self.replies.send(Reply { told, done });
    }
}

//! Reading on a thread of its own, comparing on the caller's.
//!
//! ```text
//! reader: frames → flows → TLS → diagnosis ──batches, in order──▶ caller: names, sums, incidents, sink
//!                     facts to be used again ◀──────────────────
//! ```
//!
//! One thread decides the order of all that is told, so the output does not depend on how many there are. Flows are not divided
//! among threads: what one flow means can depend on others (a server known to speak TLS, a pause of the capture, the number of a
//! stream), and on their order.

use super::Collector;
use super::Error;
use super::Progress;
use super::Settings;
use super::Watch;
use super::reading;
use super::reading::Receive;
use crate::capture::Input;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::pattern::Diagnosis;
use std::mem;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

/// Things told in one batch.
const BATCH: usize = 128;
/// Batches that wait, at most: a caller that is slower holds the reader up.
const WAITING: usize = 16;

/// What is told.
#[derive(Debug)]
enum Told {
    Diagnosis(Diagnosis),
    Answer(Box<DnsFacts>),
}

/// What is told at once, in order, and how far the run was by then.
#[derive(Debug, Default)]
struct Batch {
    told: Vec<Told>,
    progress: Progress,
}

/// What comes back to be used again.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "they are used again where they are")]
struct Used {
    told: Vec<Told>,
    facts: Vec<Box<HandshakeFacts>>,
}

/// The reader's side.
struct Outbox<'a> {
    batch: Batch,
    sender: mpsc::SyncSender<Batch>,
    used: mpsc::Receiver<Used>,
    #[expect(clippy::vec_box, reason = "they are used again where they are")]
    facts: Vec<Box<HandshakeFacts>>,
    stopped: &'a AtomicBool,
}

impl Outbox<'_> {
    fn tell(&mut self, told: Told) {
        self.batch.told.push(told);
        if self.batch.told.len() >= BATCH {
            self.send();
        }
    }

    fn send(&mut self) {
        let mut next = Batch {
            progress: self.batch.progress,
            ..Batch::default()
        };
        if let Ok(used) = self.used.try_recv() {
            next.told = used.told;
            self.facts = used.facts;
        }
        let batch = mem::replace(&mut self.batch, next);
        if self.sender.send(batch).is_err() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}

impl Receive for Outbox<'_> {
    fn diagnosis(&mut self, diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>> {
        self.tell(Told::Diagnosis(diagnosis));
        self.facts.pop()
    }

    fn answer(&mut self, answer: Box<DnsFacts>) {
        self.tell(Told::Answer(answer));
    }

    fn go_on(&mut self, progress: &Progress) -> bool {
        self.batch.progress = *progress;
        self.send();
        !self.stopped.load(Ordering::Relaxed)
    }
}

/// Reads `source` on another thread while `collector` takes what it tells. As [`reading::read`].
pub(super) fn read<I: Input + Send>(
    source: &mut I,
    settings: &Settings,
    collector: &mut Collector<'_>,
    watch: Watch<'_>,
) -> Result<RunFacts, Error> {
    let stopped = AtomicBool::new(false);
    let (sender, batches) = mpsc::sync_channel(WAITING);
    let (give_back, used) = mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut outbox = Outbox {
                batch: Batch::default(),
                sender,
                used,
                facts: Vec::new(),
                stopped: &stopped,
            };
            let facts = reading::read(source, settings, &mut outbox);
            outbox.send();
            facts
        });
        for batch in batches {
            let used = take(batch.told, collector);
            if collector.error.is_some() || !watch(&batch.progress) {
                stopped.store(true, Ordering::Relaxed);
            }
            // A reader that is done wants nothing back.
            let _ = give_back.send(used);
        }
        match reader.join() {
            Ok(facts) => facts,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn take(mut told: Vec<Told>, collector: &mut Collector<'_>) -> Used {
    let mut facts = Vec::with_capacity(told.len());
    for one in told.drain(..) {
        match one {
            Told::Diagnosis(diagnosis) => facts.extend(collector.diagnosis(diagnosis)),
            Told::Answer(answer) => collector.answer(answer),
        }
    }
    Used { told, facts }
}

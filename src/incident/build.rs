//! From failed flows, one by one, to the list of incidents.

use super::Incident;
use super::Top;
use super::advice;
use super::causes;
use super::contrast;
use super::contrast::Contrast;
use super::group::Group;
use super::group::distinct;
use super::key::ABANDONED;
use super::key::Key;
use super::logs;
use super::policies;
use super::prove;
use super::title;
use super::why;
use crate::base::Endpoint;
use crate::cause;
use crate::cause::Context;
use crate::cause::Scene;
use crate::certificate::Roots;
use crate::compare::attributes::Attributes;
use crate::compare::counts::Budget;
use crate::compare::counts::Counts;
use crate::compare::tally::Limits;
use crate::compare::tally::Tally;
use crate::facts::CaptureProblem;
use crate::facts::NameKind;
use crate::facts::WireText;
use crate::names::Asked;
use crate::names::Names;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::policy::Policy;
use crate::texts::counted;
use crate::texts::text;
use hashbrown::HashMap;

/// Up to this many groups, each is an incident, a single flow as well; beyond, single flows are kept apart.
const SHOW_SINGLES: usize = 8;
/// Values named in a [`Top`].
const TOP: usize = 5;
/// Abandoned flows on one server that are worth an incident (definitions section 2).
const ABANDONED_FLOWS: u64 = 3;

/// Failed flows on their way to incidents, and what is compared with them. Holds sums, and a few flows as specimens.
#[derive(Debug)]
pub struct Incidents {
    tally: Tally,
    groups: HashMap<Key, Box<Group>, foldhash::fast::RandomState>,
    max_groups: usize,
    budget: Budget,
    order: u64,
    /// Flows that were folded.
    folded: u64,
    /// Bytes that specimens may still take.
    room: usize,
}

/// The incidents, and which flow belongs to which.
#[derive(Debug, Default)]
pub struct Built {
    /// Largest first, ids from 1.
    pub incidents: Vec<Incident>,
    /// Failed flows that share server, pattern and detail with no other, where they are kept apart.
    pub alone: u64,
    /// Bounds that were met.
    pub problems: Vec<CaptureProblem>,
    ids: HashMap<Key, Option<u32>, foldhash::fast::RandomState>,
    /// Where they were wanted.
    contexts: HashMap<Key, Context, foldhash::fast::RandomState>,
}

/// What makes two failed flows belong to one incident, to be remembered longer than any flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(Key);

impl Ticket {
    /// The ticket of a flow, if it failed.
    #[must_use]
    pub fn of(diagnosis: &Diagnosis) -> Option<Self> {
        let failed = diagnosis.verdict.outcome == Outcome::Failed;
        failed.then(|| Key::of(diagnosis)).flatten().map(Self)
    }

    /// The server that refused it, or was not reached.
    #[must_use]
    pub fn server(&self) -> Endpoint {
        self.0.server
    }

    /// Pattern id.
    #[must_use]
    pub fn pattern(&self) -> &'static str {
        self.0.pattern
    }
}

/// What is known beside the handshakes themselves.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Names of servers, from the capture.
    pub names: &'a Names,
    /// Certificates that clients are taken to trust.
    pub roots: &'a Roots,
    /// Server policies that refused hellos are held against.
    pub policies: &'a [Policy],
}

impl Incidents {
    /// No incidents yet, within `limits`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            tally: Tally::new(limits),
            groups: HashMap::default(),
            max_groups: limits.incidents,
            budget: Budget {
                left: limits.values_total,
                per_table: limits.values,
            },
            order: 0,
            folded: 0,
            room: limits.specimens,
        }
    }

    /// Adds one flow: to what is compared if it completed or failed, and to the incidents if it failed (or was abandoned: three of
    /// them on one server are worth a word). `id` gives its record id, and is asked only for the few flows that become examples.
    pub(crate) fn add(
        &mut self,
        diagnosis: &Diagnosis,
        attributes: &Attributes<'_>,
        id: impl FnOnce() -> String,
    ) {
        self.tally.add(diagnosis, attributes);
        if !matches!(
            diagnosis.verdict.outcome,
            Outcome::Failed | Outcome::Abandoned
        ) {
            return;
        }
        let Some(mut key) = Key::of(diagnosis) else {
            return;
        };
        if !self.groups.contains_key(&key) && self.groups.len() >= self.max_groups {
            if key.pattern == ABANDONED {
                return;
            }
            self.folded += 1;
            // A second bound for the folded ones: ports are many, patterns are few.
            let by_port = key.folded(key.server.port);
            let room = self.groups.contains_key(&by_port)
                || self.groups.len() < self.max_groups.saturating_mul(2);
            key = if room { by_port } else { key.folded(0) };
        }
        self.order += 1;
        let (order, at) = (self.order, diagnosis.facts.first.at);
        let group = self
            .groups
            .entry(key)
            .or_insert_with_key(|key| Box::new(Group::new(key.clone(), order, at)));
        group.add(
            diagnosis,
            attributes,
            id,
            self.tally.hasher(),
            &mut self.budget,
        );
        if diagnosis.verdict.outcome == Outcome::Failed {
            let size = diagnosis.weight();
            if size <= self.room && group.wants_specimen() {
                self.room -= size;
                group.specimens.push(diagnosis.clone());
            }
        }
    }

    /// The incidents, largest first, those of equal size in order of time. `assigned`: [`Built::assign`] will be called.
    #[must_use]
    pub fn finish(&mut self, known: &Known<'_>, assigned: bool) -> Built {
        self.tally.settle();
        let tally = &self.tally;
        let mut problems = problems(tally, self.folded);
        let mut groups: Vec<&Group> = self
            .groups
            .values()
            .map(Box::as_ref)
            .filter(|group| counts(group, tally))
            .collect();
        groups.sort_by(|a, b| {
            let rank = |group: &Group| {
                (
                    group.key.pattern == ABANDONED,
                    std::cmp::Reverse(group.failed),
                    group.first,
                    group.order,
                )
            };
            rank(a).cmp(&rank(b))
        });
        let apart = groups.len() > SHOW_SINGLES && groups.iter().any(|group| group.failed > 1);
        let mut built = Built::default();
        for group in groups {
            let contrast = Contrast::of(group, tally.server(&group.key.server), tally.hasher());
            let context = context(group, &contrast, tally);
            let alone = apart && group.failed == 1;
            let id = (!alone).then(|| {
                let id = u32::try_from(built.incidents.len()).unwrap_or(u32::MAX);
                let id = id.saturating_add(1);
                let causes = causes::of(&group.specimens, &context, known.roots);
                built
                    .incidents
                    .push(incident(id, group, tally, &contrast, causes, known));
                id
            });
            built.alone += u64::from(alone);
            built.ids.insert(group.key.clone(), id);
            if assigned {
                built.contexts.insert(group.key.clone(), context);
            }
        }
        built.problems.append(&mut problems);
        built
    }
}

impl Built {
    /// The key under which a failed flow is kept.
    fn key_of(&self, diagnosis: &Diagnosis) -> Option<Key> {
        if diagnosis.verdict.outcome != Outcome::Failed {
            return None;
        }
        self.known(Key::of(diagnosis)?)
    }

    /// The key itself, or one that it was folded into.
    fn known(&self, key: Key) -> Option<Key> {
        let folded = [key.folded(key.server.port), key.folded(0)];
        let mut keys = [key].into_iter().chain(folded);
        keys.find(|key| self.ids.contains_key(key))
    }

    /// The incident that flows of this ticket belong to.
    #[must_use]
    pub fn incident(&self, ticket: &Ticket) -> Option<&Incident> {
        let key = self.known(ticket.0.clone())?;
        let id = (*self.ids.get(&key)?)?;
        self.incidents.iter().find(|incident| incident.id == id)
    }

    /// The incident of a flow.
    #[must_use]
    pub fn id_of(&self, diagnosis: &Diagnosis) -> Option<u32> {
        self.ids.get(&self.key_of(diagnosis)?).copied().flatten()
    }

    /// Writes its incident and its causes into each diagnosis.
    pub fn assign<'a>(
        &self,
        diagnoses: impl IntoIterator<Item = &'a mut Diagnosis>,
        roots: &Roots,
    ) {
        let nothing = Context::default();
        for diagnosis in diagnoses {
            let key = self.key_of(diagnosis);
            let context = key.as_ref().and_then(|key| self.contexts.get(key));
            let context = context.unwrap_or(&nothing);
            let causes = Scene::new(diagnosis, context, roots).map(|scene| cause::judge(&scene));
            diagnosis.incident = key.and_then(|key| self.ids.get(&key).copied().flatten());
            diagnosis.causes = causes.unwrap_or_default();
            diagnosis.compared = true;
        }
    }
}

/// What the rest of the run says about the flows of one incident.
fn context(group: &Group, contrast: &Contrast, tally: &Tally) -> Context {
    let server = tally.server(&group.key.server);
    Context {
        failed: group.failed,
        completed: contrast.completed,
        associations: contrast.associations.clone(),
        accepted: server
            .map(|server| server.accepted.clone())
            .unwrap_or_default(),
        ttl: server.map(|server| server.ttl.clone()).unwrap_or_default(),
        quickest: server.and_then(|server| server.quickest),
        same_name: contrast.like.0,
        changed_at: contrast.change.as_ref().map(|change| change.at),
        apart_in_time: server
            .and_then(|server| server.completed_span)
            .and_then(|(first, last)| match () {
                () if last < group.first => Some("before"),
                () if first > group.last => Some("after"),
                () => None,
            })
            // A single moment of failure or of success has no room to overlap.
            .filter(|_| group.failed > 1 && contrast.completed > 1),
    }
}

/// Whether a group is an incident: abandoned flows only where there are several and the server never answered anyone.
fn counts(group: &Group, tally: &Tally) -> bool {
    let completed = tally
        .server(&group.key.server)
        .map_or(0, |server| server.pair.completed);
    group.key.pattern != ABANDONED || (group.failed >= ABANDONED_FLOWS && completed == 0)
}

fn incident(
    id: u32,
    group: &Group,
    tally: &Tally,
    contrast: &Contrast,
    causes: Vec<Claim>,
    known: &Known<'_>,
) -> Incident {
    let server = tally.server(&group.key.server);
    let abandoned = group.key.pattern == ABANDONED;
    let cause = causes
        .first()
        .filter(|claim| claim.confidence >= Confidence::High)
        .map(|claim| claim.code);
    let counted = server.map_or(0, |server| {
        u64::from(server.pair.failed) + u64::from(server.pair.completed)
    });
    // The name that the remedies speak of: the one that fails, or, where none was sent, one that the server has.
    let wanting = causes
        .first()
        .is_some_and(|claim| claim.code == "sni-missing");
    let name = advice::top_name(group)
        .filter(|_| !wanting)
        .or_else(|| contrast.other_name())
        .or_else(|| known_name(group, known.names));
    let prove = prove::prove(group, contrast, causes.first());
    Incident {
        id,
        title: title::title(group, contrast),
        pattern: group.key.pattern,
        causes: causes.clone(),
        server: group.key.server,
        name: name.clone(),
        direct: group.prelude.is_none(),
        detail: group.key.values(),
        failed: if abandoned { 0 } else { group.failed },
        attempts: counted.max(group.failed),
        clients: top(&group.clients, 0, |ip| {
            WireText::from(ip.to_string().as_str())
        }),
        snis: top(&group.sni, group.no_sni.flows, |name| WireText::new(name)),
        first: group.first,
        last: group.last,
        over: contrast::is_over(contrast, group, server, tally.hasher()),
        contrast: if abandoned {
            Vec::new()
        } else {
            contrast.rows(matches!(group.key.code(), Some(70 | 86)))
        },
        change: contrast.change.clone().filter(|_| !abandoned),
        alike: contrast.alike.clone(),
        examples: group.examples.clone(),
        why: why::why(group, contrast, causes.first()),
        logs: logs::logs(&group.key),
        not: advice::not(group, cause),
        act: advice::act(
            group,
            causes.first(),
            server.and_then(|server| server.accepted.version_range()),
            name.as_ref(),
        ),
        settle: if cause.is_some() {
            Vec::new()
        } else {
            advice::settle(group, contrast)
        },
        prove,
        policies: policies::lines(group, known.policies),
    }
}

/// A name of that server from DNS answers, other hellos or certificates.
fn known_name(group: &Group, names: &Names) -> Option<WireText> {
    let asked = Asked {
        server: group.key.server,
        client: None,
        at: group.first,
        own: None,
    };
    let mut known = names.of(&asked).into_iter();
    known
        .find(|known| known.kind == NameKind::Name)
        .map(|known| known.name)
}

fn top<K>(counts: &Counts<K, u64>, absent: u64, text: impl Fn(&K) -> WireText) -> Top {
    let mut top: Vec<(Option<WireText>, u64)> = counts
        .iter()
        .map(|(value, flows)| (Some(text(value)), *flows))
        .collect();
    top.extend((absent > 0).then_some((None, absent)));
    top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    top.truncate(TOP);
    Top {
        count: distinct(counts) + u64::from(absent > 0),
        top,
    }
}

fn problems(tally: &Tally, folded: u64) -> Vec<CaptureProblem> {
    let (beyond, full) = tally.full();
    let problem = |text: String| CaptureProblem {
        code: "limit-contrast",
        packets: 0,
        frames: Vec::new(),
        text,
        advice: text!("limit.advice").to_owned(),
    };
    let mut problems = Vec::new();
    if beyond > 0 {
        problems.push(problem(counted!("limit.not-compared", beyond)));
    }
    if full {
        problems.push(problem(text!("limit.tables-full").to_owned()));
    }
    if folded > 0 {
        problems.push(problem(counted!("limit.grouped", folded)));
    }
    problems
}

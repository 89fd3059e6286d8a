//! A year: who comes when, how long everybody takes, what befalls the system meanwhile. Draws from chance and writes the
//! script that [`super::world::World`] plays.

mod trouble;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::chance::Chance;
use super::people;
use super::wall::Wall;
use super::world::{Decide, Played, World};
use crate::clock::Kind;
use crate::ticket::check::city;
use crate::ticket::check::laws::Broken;
use crate::ticket::{Grade, PhaseName, Ticket};

/// The days off of 2026 beside those the city knows, and the make-up days.
const HOLIDAYS: &str = "publish off 2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 \
    2026-02-23 2026-04-06 2026-05-01 2026-05-04 2026-05-05 2026-06-19 2026-09-25";
const MAKE_UP_DAYS: &str = "publish work 2026-01-04 2026-02-14 2026-02-28 2026-05-09";
/// Days of a year.
const DAYS: i64 = 365;
/// Commands given about one ticket at most.
const COMMANDS_MAX: u32 = 80;

/// What happens at an instant of true time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Comes(u32),
    Visit(u32),
    Burst,
    /// The whole system is down for so many minutes.
    Outage(i64),
    /// The due loop alone is.
    LoopAway(i64),
    LoopBack,
    /// The wall clock leaps by so many seconds.
    Leap(i64),
    /// Somebody confirms the time.
    Confirm,
    Crash,
    Publish,
    Rederive,
    FireAgain,
    Rejoin(u32),
    Merge,
}

/// The year as it goes.
pub(super) struct Year {
    pub(super) world: World,
    /// What was played so far.
    pub(super) script: Vec<String>,
    chance: Chance,
    agenda: BTreeSet<(Timestamp, u64, What)>,
    sequence: u64,
    wall: Wall,
    /// Commands given, by ticket.
    given: Vec<u32>,
    tickets: u32,
    come: u32,
    loop_is_away: bool,
    /// Tickets of the latest burst.
    burst: Vec<u32>,
}

impl Year {
    /// A year of a seed with so many tickets.
    pub(super) fn new(seed: u64, tickets: u32, decide: Decide) -> Self {
        let start = city::at("2026-01-01T00:00");
        let mut year = Self {
            world: World::new(decide),
            script: Vec::new(),
            chance: Chance::of(seed),
            agenda: BTreeSet::new(),
            sequence: 0,
            wall: Wall::new(start),
            given: Vec::new(),
            tickets,
            come: 0,
            loop_is_away: false,
            burst: Vec::new(),
        };
        year.plan();
        year
    }

    /// What is known to come: everything but the visits.
    fn plan(&mut self) {
        for number in 1..=self.tickets {
            let at = self.some_time();
            self.at(at, What::Comes(number));
        }
        type Drawn = fn(&mut Chance) -> What;
        let plan: [(i64, Drawn); 8] = [
            (5, |_| What::Burst),
            (4, |chance| What::Outage(*pick(chance, &[20, 180, 1_440, 4_320]))),
            (2, |chance| What::LoopAway(*pick(chance, &[60, 600, 2_880]))),
            (8, |chance| What::Leap(leap(chance))),
            (6, |_| What::Crash),
            (5, |_| What::Publish),
            (12, |_| What::FireAgain),
            (10, |_| What::Merge),
        ];
        for (times, what) in plan {
            for _ in 0..times {
                let (at, what) = (self.some_time(), what(&mut self.chance));
                self.at(at, what);
            }
        }
    }

    fn some_time(&mut self) -> Timestamp {
        let minutes = self.chance.between(1, DAYS * 24 * 60);
        let seconds = if self.chance.percent(30) {
            self.chance.between(0, 59)
        } else {
            0
        };
        self.wall.true_now() + SignedDuration::from_secs(minutes * 60 + seconds)
    }

    fn at(&mut self, at: Timestamp, what: What) {
        self.sequence += 1;
        self.agenda.insert((at, self.sequence, what));
    }

    fn after(&mut self, minutes: i64, what: What) {
        self.at(self.wall.true_now() + SignedDuration::from_mins(minutes), what);
    }

    /// The whole year, and what is left of it.
    pub(super) fn run(&mut self) -> Result<(), Broken> {
        if self.chance.percent(50) {
            self.say("publish hours by class")?;
        }
        self.say(HOLIDAYS)?;
        self.say(MAKE_UP_DAYS)?;
        let end = self.wall.true_now() + SignedDuration::from_hours(24 * DAYS);
        while let Some((at, _, what)) = self.agenda.pop_first() {
            let is_after = at > end && !matches!(what, What::Rejoin(_) | What::LoopBack | What::Confirm);
            if is_after {
                continue;
            }
            self.wall.pass_to(at);
            self.happens(what)?;
        }
        self.wall.pass_to(end + SignedDuration::from_hours(24 * 3));
        self.wall.confirm();
        self.loop_is_away = false;
        self.time()
    }

    fn happens(&mut self, what: What) -> Result<(), Broken> {
        match what {
            What::Comes(number) => {
                let mut line = people::register(&mut self.chance);
                // A part of a matter that came in before.
                if self.chance.percent(2) {
                    let days = self.chance.between(1, 9);
                    let then = self.wall.true_now() - SignedDuration::from_hours(24 * days);
                    let local = city::rules().calendar().local(then);
                    line.push_str(&format!(" split {}", local.strftime("%Y-%m-%dT%H:%M")));
                }
                self.comes(number, &line)
            }
            What::Visit(number) => self.visit(number),
            What::Burst => self.bursts(),
            What::Outage(minutes) => self.outage(minutes),
            What::LoopAway(minutes) => {
                self.loop_is_away = true;
                self.after(minutes, What::LoopBack);
                Ok(())
            }
            What::LoopBack => {
                self.loop_is_away = false;
                self.say_time("at")?;
                self.catches_up()
            }
            What::Leap(seconds) => {
                self.wall.leap(SignedDuration::from_secs(seconds));
                let minutes = self.chance.between(5, 3_000);
                self.after(minutes, What::Confirm);
                Ok(())
            }
            What::Confirm => {
                // Set right, or confirmed as it is.
                if self.chance.percent(60) {
                    self.wall.set_right();
                }
                self.wall.confirm();
                self.time()
            }
            What::Crash => self.say("crash"),
            What::FireAgain => self.say("fire again"),
            What::Publish => self.publishes(),
            What::Rederive => self.rederives(),
            What::Rejoin(child) => {
                self.time()?;
                self.say(&format!("rejoin t{child}"))
            }
            What::Merge => self.merges(),
        }
    }

    fn comes(&mut self, number: u32, line: &str) -> Result<(), Broken> {
        self.time()?;
        self.come = self.come.max(number);
        self.say(&format!("t{number}> {line}"))?;
        let minutes = self.delay(number);
        self.after(minutes, What::Visit(number));
        Ok(())
    }

    fn open(&self) -> impl Iterator<Item = u32> {
        let open = self
            .world
            .tickets()
            .filter(|(_, ticket)| ticket.phase.name() != PhaseName::Closed);
        open.map(|(number, _)| number)
    }

    /// Somebody takes a ticket up, does something, and comes again later.
    fn visit(&mut self, number: u32) -> Result<(), Broken> {
        let nth = usize::try_from(number).unwrap_or(0);
        if self.given.len() <= nth {
            self.given.resize(nth + 1, 0);
        }
        self.given[nth] += 1;
        if self.given[nth] > COMMANDS_MAX {
            return Ok(());
        }
        self.time()?;
        let Some(ticket) = self.world.ticket(number) else {
            return Ok(());
        };
        let line = people::next(ticket, &mut self.chance);
        if self.chance.percent(1) {
            self.say(&format!("crash during t{number}> {line}"))?;
        }
        self.say(&format!("t{number}> {line}"))?;
        self.tell_children(number);
        let is_closed = self
            .world
            .ticket(number)
            .is_none_or(|ticket| ticket.phase.name() == PhaseName::Closed);
        // Few come back to what is over, but for what is still to be decided.
        let is_open = self
            .world
            .ticket(number)
            .is_some_and(|ticket| !is_closed || ticket.runs(Kind::Decision));
        if is_open || self.chance.percent(45) {
            let minutes = self.delay(number);
            self.after(minutes, What::Visit(number));
        }
        Ok(())
    }

    /// What waits for this ticket's answer hears of it.
    fn tell_children(&mut self, number: u32) {
        let Some(ticket) = self.world.ticket(number) else {
            return;
        };
        if !matches!(ticket.phase.name(), PhaseName::CallbackDue | PhaseName::Closed) {
            return;
        }
        let mine = ticket.number;
        let children = ticket.incident.children.keys().map(|child| child.sequence());
        let waiting = children.filter(|child| {
            let child = self.world.ticket(*child);
            child.and_then(Ticket::merged_into) == Some(mine)
        });
        for child in waiting.collect::<Vec<_>>() {
            let minutes = if self.chance.percent(80) { 0 } else { 30 };
            self.after(minutes, What::Rejoin(child));
        }
    }

    /// Minutes until somebody takes a ticket up again.
    fn delay(&mut self, number: u32) -> i64 {
        let ticket = self.world.ticket(number);
        let urgent = ticket.is_some_and(|one| matches!(one.classification.grade, Grade::A | Grade::B));
        let rings = ticket.is_some_and(|one| one.runs(Kind::Callback));
        let minutes = match self.chance.below(100) {
            0..30 => self.chance.between(0, 90),
            30..70 => self.chance.between(60, 1_500),
            70..92 => self.chance.between(1_000, 7_000),
            _ => self.chance.between(7_000, 50_000),
        };
        let waits = ticket.is_some_and(|one| one.merged_into().is_some());
        let minutes = match (urgent, waits) {
            (_, true) => minutes * 6,
            (true, false) => minutes / 12,
            (false, false) => minutes,
        };
        if !rings && !self.chance.percent(70) {
            return minutes;
        }
        // People work by day.
        let now = self.wall.true_now();
        let calendar = self.world.rules().calendar();
        let then = calendar.callback_from(now + SignedDuration::from_mins(minutes));
        then.duration_since(now).as_mins()
    }

    /// The time as whoever decides sees it, and what is due by it.
    fn time(&mut self) -> Result<(), Broken> {
        let how = match self.loop_is_away || self.wall.is_halted() {
            true => "at",
            false if self.chance.percent(5) => "tick twice to",
            false => "tick to",
        };
        self.say_time(how)
    }

    fn say_time(&mut self, how: &str) -> Result<(), Broken> {
        let now = self.wall.trusted(self.world.recorded_at());
        if now == self.world.now() && (how == "at" || !self.world.is_behind()) {
            return Ok(());
        }
        let local = city::rules().calendar().local(now);
        let format = if local.second() == 0 {
            "%Y-%m-%d %H:%M"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        self.say(&format!("{how} {}", local.strftime(format)))
    }

    fn say(&mut self, line: &str) -> Result<(), Broken> {
        self.script.push(line.to_owned());
        match self.world.play(line)? {
            Played::Done | Played::Refused(_) | Played::Skipped => Ok(()),
        }
    }
}

fn pick<'a, T>(chance: &mut Chance, of: &'a [T]) -> &'a T {
    let nth = usize::try_from(chance.below(of.len() as u64)).unwrap_or(0);
    &of[nth]
}

/// Seconds the wall clock leaps by, in either direction.
fn leap(chance: &mut Chance) -> i64 {
    let far = *pick(chance, &[40, 250, 900, 7_200, 90_000, 500_000]);
    let seconds = chance.between(1, far);
    if chance.percent(50) { seconds } else { -seconds }
}

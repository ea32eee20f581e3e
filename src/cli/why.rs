//! `unready why`: how far a rule got.

use super::args::{Args, WhyArgs};
use super::rules::find;
use super::{Outcome, Shell, book, concluded, open};
use crate::fact::{Basis, Facts, Missing};
use crate::rule::Rule;
use crate::solve::{Because, Solution, StepTrace, why};
use crate::text::{Place, printable};

pub(super) fn run(args: &Args, wanted: &WhyArgs, shell: &Shell) -> Outcome {
    let book = book::load(args, shell)?;
    let rule = find(&book, &wanted.rule)?;
    let bundle = open(&wanted.path, args)?;
    let mut out = String::new();
    for cluster in concluded(&bundle, &book)? {
        let trace = why(&book, &cluster.facts, rule);
        let teller = Teller { facts: &cluster.facts, rule };
        let name = printable(cluster.name.as_deref().unwrap_or(&bundle.name));
        out.push_str(&format!("{} on {name}\n", rule.id));
        for (n, step) in trace.steps.iter().enumerate() {
            out.push_str(&teller.step(n, step));
        }
        out.push_str(&teller.verdict(&trace.steps, &trace.solutions));
    }
    shell.print(&out)
}

struct Teller<'a> {
    facts: &'a Facts,
    rule: &'a Rule,
}

impl Teller<'_> {
    fn step(&self, n: usize, step: &StepTrace) -> String {
        let asked = &self.rule.body[n];
        let mut out =
            format!("\n{}. {}   ({}:{})\n", n + 1, asked.written, self.rule.file, asked.line);
        let mut line = |text: String| {
            out.push_str("   ");
            out.push_str(&printable(&text));
            out.push('\n');
        };
        let (certain, open) = (step.certain, step.open.len());
        match (certain, open) {
            (0, 0) => line("fails".to_string()),
            (_, 0) => line(format!("holds, {}", branches(certain))),
            (0, _) => line(format!("cannot be known, {}", branches(open))),
            _ => line(format!("holds, {}; cannot be known, {}", branches(certain), branches(open))),
        }
        if let Some(sample) = &step.sample {
            for evidence in sample.proof.iter().filter(|evidence| evidence.step == n) {
                line(self.basis(&evidence.proof.basis));
            }
            let bound = self.bound(sample);
            if !bound.is_empty() {
                line(format!("with {bound}"));
            }
        }
        if let Some(open) = step.open.first() {
            for missing in &open.missing {
                line(format!("not captured: {}", self.missing(missing)));
            }
        }
        if certain == 0 {
            for refusal in step.refusals.iter().take(2) {
                line(self.refusal(&refusal.because));
            }
        }
        if let Some(near) = &step.nearest {
            let differs: Vec<String> =
                near.differs.iter().map(|(column, value)| format!("{column} is {value}")).collect();
            let at = near.place.map_or_else(String::new, |place| format!(" at {}", self.at(place)));
            line(format!("nearest{at}: {}", differs.join(", ")));
        }
        out
    }

    fn verdict(&self, steps: &[StepTrace], solutions: &[Solution]) -> String {
        let found = solutions.iter().filter(|solution| solution.certain()).count();
        match (found, solutions.len() - found) {
            (0, 0) => format!("\nruled out: step {} fails\n", steps.len()),
            (0, open) => format!(
                "\nnot ruled out: {} cannot be known without what is named above\n",
                branches(open)
            ),
            (found, 0) => format!("\nfound, {}\n", branches(found)),
            (found, open) => format!(
                "\nfound, {}; of {} more it cannot be known\n",
                branches(found),
                branches(open)
            ),
        }
    }

    fn at(&self, place: Place) -> String {
        let excerpt = self.facts.sources.excerpt(place);
        format!("{}:{}: {}", excerpt.file, excerpt.line, excerpt.text)
    }

    fn basis(&self, basis: &Basis) -> String {
        match basis {
            Basis::Seen { place, more: 0, .. } => self.at(*place),
            Basis::Seen { place, more, .. } => {
                format!("{} (and {more} more alike)", self.at(*place))
            }
            Basis::Absent { relation, files, .. } => {
                format!("no {} in {}", self.facts.relation(*relation).name, self.files(files))
            }
            Basis::Held { claim } => claim.clone(),
        }
    }

    fn files(&self, files: &[crate::text::FileId]) -> String {
        let names: Vec<&str> =
            files.iter().take(4).map(|file| self.facts.sources.path(*file)).collect();
        let more =
            if files.len() > 4 { format!(" and {} more", files.len() - 4) } else { String::new() };
        if names.is_empty() {
            "what is known".to_string()
        } else {
            format!("{}{more}", names.join(", "))
        }
    }

    fn refusal(&self, because: &Because) -> String {
        match because {
            Because::Nothing(files) => format!("nothing fits in {}", self.files(files)),
            Because::Something(Some(place)) => format!("there is one: {}", self.at(*place)),
            Because::Something(None) => "there is one".to_string(),
            Because::Comparison(claim) => format!("it is not so that {claim}"),
        }
    }

    fn missing(&self, missing: &Missing) -> String {
        let relation = self.facts.relation(missing.relation);
        let known: Vec<String> = missing
            .known
            .iter()
            .map(|(column, value)| format!("{} {value}", relation.columns[*column].name))
            .collect();
        let of = if known.is_empty() { String::new() } else { format!(" of {}", known.join(", ")) };
        format!("{}{of}", relation.name)
    }

    fn bound(&self, solution: &Solution) -> String {
        let values = self.rule.variables.iter().zip(&solution.bindings);
        let bound =
            values.filter_map(|((name, _), value)| Some(format!("${name} = {}", value.as_ref()?)));
        bound.collect::<Vec<_>>().join(", ")
    }
}

fn branches(n: usize) -> String {
    if n == 1 { "1 way".to_string() } else { format!("{n} ways") }
}

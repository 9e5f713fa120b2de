//! The graph of a table, and what must be true of it.

use std::collections::BTreeSet;
use std::fmt;

use petgraph::Direction;
use petgraph::algo::dominators;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, Reversed};

use super::{Flow, RoleId, Row, StepId, Target};

/// Something wrong with a table. [`check`] reports every one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// No rows at all.
    #[error("the table has no step: write at least one row")]
    Empty,
    /// More rows or roles than the engine can tell apart.
    #[error("the table has {found} {what}, at most 32 are possible: split the procedure")]
    TooMany {
        /// Rows or roles.
        what: &'static str,
        /// How many.
        found: usize,
    },
    /// No path from the first step leads here.
    #[error("step {0} cannot be reached: let an earlier step lead to it")]
    Unreachable(&'static str),
    /// No path from here leads to the end.
    #[error("step {0} can never end: give it an outcome that leads on")]
    NoWayOut(&'static str),
    /// A path reaches the end without this step.
    #[error("step {0} can be skipped: some path reaches the end without it")]
    Skippable(&'static str),
    /// An outcome leads over the next step.
    #[error("outcome {outcome} of step {step} jumps over the next step: a step leads to the next one, or back")]
    JumpsAhead {
        /// The step.
        step: &'static str,
        /// Its outcome.
        outcome: &'static str,
    },
    /// The first outcome is not the way forward.
    #[error("the first outcome of step {0} is not the next step: write the way forward first")]
    ForwardNotFirst(&'static str),
    /// Two outcomes of one name.
    #[error("step {step} has two outcomes called {outcome}: rename one")]
    OutcomeTwice {
        /// The step.
        step: &'static str,
        /// The name.
        outcome: &'static str,
    },
    /// Nothing is published, or nowhere.
    #[error("step {0} publishes on no channel: every step has a required publication")]
    NotPublished(&'static str),
    /// Objections have an authority but nowhere to lead, or the other way round.
    #[error("step {0} must have an outcome `Upheld` if, and only if, it names who decides objections")]
    ObjectionsLeadNowhere(&'static str),
    /// An objection rises to a role that has had it already.
    #[error("step {0} lets an objection rise to a role that it comes from: name each level once in `objections to` and `rising`")]
    RisesInACircle(&'static str),
    /// Objections can be made but there is no period to make them in.
    #[error("step {0} takes objections but has no period to make them in: add `for PERIOD`")]
    ObjectionsWithoutPeriod(&'static str),
    /// A step must be done by someone other than the one who performs a later or the same step.
    #[error("step {step} must differ from {other}, which does not come before it: compare with earlier steps only")]
    ApartFromLater {
        /// The step.
        step: &'static str,
        /// The step it compares with.
        other: &'static str,
    },
}

/// The graph of a procedure: a node for each step and one for the end, an edge for each outcome.
#[derive(Clone, Debug)]
pub struct Graph {
    inner: DiGraph<&'static str, &'static str>,
    start: NodeIndex,
    end: NodeIndex,
}

impl Graph {
    /// The graph of a table.
    pub fn of<F: Flow>() -> Graph {
        Graph::of_rows(F::ROWS)
    }

    /// The graph of rows that were put together in some other way.
    pub fn of_rows<S: StepId, R: RoleId>(rows: &[Row<S, R>]) -> Graph {
        let mut inner = DiGraph::new();
        let nodes: Vec<NodeIndex> = rows.iter().map(|row| inner.add_node(row.step.id())).collect();
        let end = inner.add_node("End");
        for (row, from) in rows.iter().zip(&nodes) {
            for outcome in row.outcomes {
                let to = match outcome.to {
                    Target::End => Some(end),
                    Target::Step(step) => rows.iter().position(|row| row.step == step).and_then(|place| nodes.get(place).copied()),
                };
                if let Some(to) = to {
                    inner.add_edge(*from, to, outcome.id);
                }
            }
        }
        Graph { inner, start: nodes.first().copied().unwrap_or(end), end }
    }

    /// The steps that stand on every path to the end.
    pub fn dominators(&self) -> Vec<&'static str> {
        let tree = dominators::simple_fast(&self.inner, self.start);
        tree.dominators(self.end).into_iter().flatten().filter_map(|node| self.inner.node_weight(node).copied()).collect()
    }

    /// The steps a transaction can get to.
    pub fn reachable(&self) -> Vec<&'static str> {
        let mut walk = Bfs::new(&self.inner, self.start);
        std::iter::from_fn(|| walk.next(&self.inner)).filter_map(|node| self.inner.node_weight(node).copied()).collect()
    }

    /// The steps from which the end can be got to.
    pub fn can_end(&self) -> Vec<&'static str> {
        let mut walk = Bfs::new(Reversed(&self.inner), self.end);
        std::iter::from_fn(|| walk.next(Reversed(&self.inner))).filter_map(|node| self.inner.node_weight(node).copied()).collect()
    }

    /// Every edge: from, outcome, to.
    pub fn edges(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let name = |node: NodeIndex| self.inner.node_weight(node).copied().unwrap_or_default();
        let mut edges = Vec::new();
        for node in self.inner.node_indices() {
            let mut out: Vec<_> = self.inner.edges_directed(node, Direction::Outgoing).collect();
            out.sort_by_key(petgraph::visit::EdgeRef::id);
            edges.extend(out.iter().map(|edge| (name(node), *edge.weight(), name(petgraph::visit::EdgeRef::target(edge)))));
        }
        edges
    }
}

/// Graphviz DOT, for `dot -Tsvg`.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", petgraph::dot::Dot::new(&self.inner))
    }
}

/// Checks a table and reports every flaw; none means that no path through it avoids a step.
///
/// ```
/// use sanzi::dongsha::Dongsha;
/// assert_eq!(sanzi::flow::check::<Dongsha>(), []);
/// ```
pub fn check<F: Flow>() -> Vec<Flaw> {
    let mut flaws = check_rows(F::ROWS);
    if F::Role::ALL.len() > 32 {
        flaws.push(Flaw::TooMany { what: "roles", found: F::Role::ALL.len() });
    }
    flaws
}

fn check_rows<S: StepId, R: RoleId>(rows: &[Row<S, R>]) -> Vec<Flaw> {
    if rows.is_empty() {
        return vec![Flaw::Empty];
    }
    let mut flaws = Vec::new();
    if rows.len() > 32 {
        flaws.push(Flaw::TooMany { what: "steps", found: rows.len() });
    }
    let graph = Graph::of_rows(rows);
    let (reachable, can_end, on_every_path) = (graph.reachable(), graph.can_end(), graph.dominators());
    for (place, row) in rows.iter().enumerate() {
        let id = row.step.id();
        if !reachable.contains(&id) {
            flaws.push(Flaw::Unreachable(id));
        }
        if !can_end.contains(&id) {
            flaws.push(Flaw::NoWayOut(id));
        }
        if reachable.contains(&id) && reachable.contains(&"End") && !on_every_path.contains(&id) {
            flaws.push(Flaw::Skippable(id));
        }
        check_outcomes(rows, place, row, &mut flaws);
        check_publication(row, &mut flaws);
        for apart in row.apart {
            if let super::Apart::Step(other) = apart
                && other.index() >= row.step.index()
            {
                flaws.push(Flaw::ApartFromLater { step: id, other: other.id() });
            }
        }
    }
    flaws
}

fn check_outcomes<S: StepId, R: RoleId>(rows: &[Row<S, R>], place: usize, row: &Row<S, R>, flaws: &mut Vec<Flaw>) {
    let step = row.step.id();
    let next = rows.get(place.saturating_add(1)).map_or(Target::End, |row| Target::Step(row.step));
    if row.outcomes.first().is_none_or(|first| first.to != next) {
        flaws.push(Flaw::ForwardNotFirst(step));
    }
    for (i, outcome) in row.outcomes.iter().enumerate() {
        let back = matches!(outcome.to, Target::Step(to) if to.index() <= row.step.index());
        if outcome.to != next && !back {
            flaws.push(Flaw::JumpsAhead { step, outcome: outcome.id });
        }
        if row.outcomes.iter().take(i).any(|earlier| earlier.id == outcome.id) {
            flaws.push(Flaw::OutcomeTwice { step, outcome: outcome.id });
        }
    }
}

fn check_publication<S: StepId, R: RoleId>(row: &Row<S, R>, flaws: &mut Vec<Flaw>) {
    let step = row.step.id();
    if row.posts.channels.is_empty() {
        flaws.push(Flaw::NotPublished(step));
    }
    if row.posts.objections_to.is_some() != row.outcome(Row::<S, R>::UPHELD).is_some() {
        flaws.push(Flaw::ObjectionsLeadNowhere(step));
    }
    if row.posts.objections_to.is_some() && row.posts.period.is_none() {
        flaws.push(Flaw::ObjectionsWithoutPeriod(step));
    }
    let levels: BTreeSet<R> = row.judges().collect();
    if levels.len() != row.judges().count() {
        flaws.push(Flaw::RisesInACircle(step));
    }
}

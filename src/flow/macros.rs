//! `flow!`: a table in, a procedure out.

/// Turns a table into a procedure: the step and role enums, the rows that the guard reads, a marker type for each step of
/// the typed facade (with a named enum where a step can end in several ways), and the enum to match on when a case is
/// loaded back.
///
/// A step reads like the paper, its parts in this order:
///
/// ```text
/// 2 Notice(NoticeRecord) {
///     name  "公示" / "notice",                       // in Chinese and English
///     does  "公示发包方案" / "publish the plan",     // what is done
///     by    Chair,                                   // the one responsible role
///     apart [step Draft, role Accountant, bidder],   // optional: who must be someone else
///     after Lead,                                    // optional: lead time before it may be performed
///     within Limit,                                  // optional: deadline for performing it
///     posts "方案" / "plan" on [P B O] for Notice verified by Supervisor objections to Township rising [Station, District],
///     then  Noticed { Undisputed "无异议" / "undisputed" => Review, Upheld "异议成立" / "upheld" => Draft },
/// }
/// ```
///
/// `P B W O` are the platform, bulletin, WeChat account and office points. `for`, `verified by` and `objections to` are
/// optional, and so is `rising`: to whom an objection rises, level after level, that is left unanswered in the policy's
/// deadline `objection`. The names after `after`, `within` and `for` are looked up in the case's [`Policy`](crate::policy::Policy).
/// `then Next` leads to one step and `then End` to the end; a step that takes objections has an outcome `Upheld`. A record
/// type such as `NoticeRecord` implements [`StepRecord`](crate::case::StepRecord). [`check`](crate::flow::check) proves the
/// table sound; call it in a test.
///
/// Each step becomes a type of its own name, and each named way a step can end becomes an enum; so two procedures go into
/// two modules, and no step is called `End`, `Closed` or `Terminated`. A mistake in the table is a compile error that says
/// what to write instead: a target, role or channel that there is not, a name used twice, a number left out, a step without a
/// responsible party or published nowhere.
///
/// The head says who may end a transaction (`terminated by`), who may state that the clock is right (`clock by`), and with
/// `needs ["majorities.assembly", ...];`, which is optional, the numbers of the policy that records' own rules look up: a
/// case cannot be opened under a policy that lacks one, nor one that a row names.
///
/// A whole procedure of two steps:
///
/// ```
/// use sanzi::case::StepRecord;
/// use sanzi::disclosure::Line;
/// use sanzi::value::Text;
/// # use serde::{Deserialize, Serialize};
///
/// sanzi::flow! {
///     /// Lend a hall for a day.
///     pub procedure HallLoan = "hall-loan" version 1, "借用礼堂" / "lending the hall";
///     pub step Step;
///     pub evidence Records;
///     pub current Current;
///     pub role Role { Clerk "文书" / "clerk", Chair "主任" / "chair" }
///     terminated by [Chair];
///     clock by [Chair];
///
///     phase "办理" / "handling" {
///         1 Request(Request_) {
///             name "申请" / "request",
///             does "登记申请" / "enter the request",
///             by Clerk,
///             posts "申请" / "request" on [O] for Notice,
///             then Lending,
///         }
///         2 Lending(Request_) {
///             name "出借" / "lending",
///             does "交钥匙" / "hand over the key",
///             by Chair,
///             apart [step Request],
///             posts "出借" / "lending" on [O],
///             then End,
///         }
///     }
/// }
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// pub struct Request_ { purpose: Text }
///
/// impl StepRecord<HallLoan> for Request_ {
///     fn lines(&self) -> Vec<Line> {
///         vec![Line::new("用途", "purpose", &self.purpose)]
///     }
/// }
///
/// assert_eq!(sanzi::flow::check::<HallLoan>(), []);
/// assert_eq!((Step::Lending.name().en, Role::Chair.name().zh), ("lending".into(), "主任".into()));
/// ```
#[macro_export]
macro_rules! flow {
    (
        $(#[$doc:meta])*
        $vis:vis procedure $Flow:ident = $id:literal version $version:literal, $zh:literal / $en:literal;
        $svis:vis step $Step:ident;
        $evis:vis evidence $Evidence:ident;
        $cvis:vis current $Current:ident;
        $rvis:vis role $Role:ident { $($role:ident $role_zh:literal / $role_en:literal),+ $(,)? }
        terminated by [$($terminated_by:ident),+ $(,)?];
        clock by [$($clock_by:ident),+ $(,)?];
        $(needs [$($need:literal),+ $(,)?];)?
        $(phase $phase_zh:literal / $phase_en:literal {
            $($no:literal $step:ident ( $record:ty ) { $($body:tt)* })+
        })+
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis struct $Flow;

        const _: () = assert!(
            $crate::flow::numbered(&[$($($no),+),+]),
            "flow!: number the steps 1, 2, 3 and so on, in order"
        );

        $crate::__flow_once! { "step" $($($step)+)+ }
        $crate::__flow_once! { "role" $($role)+ }
        $crate::__flow_known! {
            [$($($step)+)+] [$($role)+] [$($terminated_by)+ $($clock_by)+]
            $($({ [$no $step] $($body)* })+)+
        }

        $crate::__flow_names! {
            /// The steps of the procedure.
            $svis enum $Step as "step", $crate::flow::StepId {
                $($($step { $no $($body)* } = |step| <$Flow as $crate::flow::Flow>::row(step).name.clone()),+),+
            }
        }
        $crate::__flow_names! {
            /// The roles of the procedure.
            $rvis enum $Role as "role", $crate::flow::RoleId {
                $($role { $role_zh $role_en } = |_| $crate::value::Bilingual::new($role_zh, $role_en)),+
            }
        }

        /// The evidence of a step: one record type for each.
        #[derive(Clone, Debug, PartialEq)]
        $evis enum $Evidence {
            $($(
                #[doc = concat!("Of step ", $no, ".")]
                $step($record)
            ),+),+
        }

        // By hand: serde's derive would look for this crate under one name only.
        impl $crate::__private::serde::Serialize for $Evidence {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                match self {
                    $($($Evidence::$step(record) => {
                        serializer.serialize_newtype_variant(stringify!($Evidence), $Step::$step as u32, stringify!($step), record)
                    }),+),+
                }
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $Evidence {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<$Evidence, D::Error> {
                struct Reader;

                impl<'de> $crate::__private::serde::de::Visitor<'de> for Reader {
                    type Value = $Evidence;

                    fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.write_str("a step's name and its record")
                    }

                    fn visit_enum<A: $crate::__private::serde::de::EnumAccess<'de>>(
                        self,
                        data: A,
                    ) -> ::core::result::Result<$Evidence, A::Error> {
                        let (step, record) = $crate::__private::serde::de::EnumAccess::variant::<$Step>(data)?;
                        match step {
                            $($(
                                $Step::$step => $crate::__private::serde::de::VariantAccess::newtype_variant(record).map($Evidence::$step)
                            ),+),+
                        }
                    }
                }

                deserializer.deserialize_enum(stringify!($Evidence), &[$($(stringify!($step)),+),+], Reader)
            }
        }

        impl $crate::flow::Flow for $Flow {
            type Step = $Step;
            type Role = $Role;
            const ID: &'static str = $id;
            const VERSION: u32 = $version;
            const NAME: $crate::value::Bilingual = $crate::value::Bilingual::new($zh, $en);
            const NEEDS: &'static [&'static str] = &[$($($need),+)?];
            const PHASES: &'static [$crate::flow::Phase] = &[$(
                $crate::flow::Phase { name: $crate::value::Bilingual::new($phase_zh, $phase_en), len: [$($no),+].len() }
            ),+];
            const ROWS: &'static [$crate::flow::Row<$Step, $Role>] = &[$($(
                $crate::__flow_row! { row [$Flow $Step $Role $no $step] $($body)* }
            ),+),+];
            const TERMINATED_BY: &'static [$Role] = &[$($Role::$terminated_by),+];
            const CLOCK_BY: &'static [$Role] = &[$($Role::$clock_by),+];

            #[allow(clippy::indexing_slicing, reason = "the enum has a variant for each row")]
            fn row(step: $Step) -> &'static $crate::flow::Row<$Step, $Role> {
                &Self::ROWS[step as usize]
            }

            fn digest() -> Option<$crate::value::Digest> {
                static DIGEST: std::sync::OnceLock<Option<$crate::value::Digest>> = std::sync::OnceLock::new();
                *DIGEST.get_or_init(|| $crate::flow::digest::<Self>().ok())
            }
        }

        impl $crate::case::Procedure for $Flow {
            type Evidence = $Evidence;
        }

        impl $crate::case::EvidenceSet<$Flow> for $Evidence {
            fn step(&self) -> $Step {
                match self { $($($Evidence::$step(_) => $Step::$step),+),+ }
            }
            fn record(&self) -> &dyn $crate::case::StepRecord<$Flow> {
                match self { $($($Evidence::$step(record) => record),+),+ }
            }
        }

        $($(
            #[doc = concat!("Step ", $no, " as a type, for [`Transaction`](", stringify!($crate), "::case::Transaction).")]
            #[derive(Debug)]
            $svis enum $step {}

            impl $crate::case::TypedStep for $step {
                type Procedure = $Flow;
                type Record = $record;
                type Next = $crate::__flow_row! { next [$Flow $Step $Role $no $step] $($body)* };
                const STEP: $Step = $Step::$step;
                fn wrap(record: $record) -> $Evidence {
                    $Evidence::$step(record)
                }
                fn unwrap(evidence: &$Evidence) -> ::core::option::Option<&$record> {
                    match evidence {
                        $Evidence::$step(record) => ::core::option::Option::Some(record),
                        #[allow(unreachable_patterns, reason = "a procedure may have one step")]
                        _ => ::core::option::Option::None,
                    }
                }
            }

            $crate::__flow_row! { outcomes [$svis $Flow $Step $Role $no $step] $($body)* }
        )+)+

        /// A transaction loaded back: match on the step it stands at.
        #[derive(Debug)]
        $cvis enum $Current {
            $($(
                #[doc = concat!("At step ", $no, ".")]
                $step($crate::case::AtStep<$step>),
            )+)+
            /// All steps are done.
            Closed($crate::case::Concluded<$Flow>),
            /// Ended by a recorded decision, or about to be: its notice must still go up.
            Terminated($crate::case::Concluded<$Flow>),
            /// A number without a transaction.
            Unopened($crate::value::CaseId),
        }

        impl ::core::convert::From<$crate::case::Case<$Flow>> for $Current {
            fn from(case: $crate::case::Case<$Flow>) -> $Current {
                $Current::from($crate::case::Found::from(case))
            }
        }

        impl ::core::convert::From<$crate::case::Found<$Flow>> for $Current {
            fn from(case: $crate::case::Found<$Flow>) -> $Current {
                let id = case.case().id();
                $($(
                    let case = match $crate::case::AtStep::<$step>::of_found(case) {
                        ::core::result::Result::Ok(at) => return $Current::$step(at),
                        ::core::result::Result::Err(case) => case,
                    };
                )+)+
                match $crate::case::Concluded::of_found(case) {
                    ::core::result::Result::Ok(ended) if ended.is_closed() => $Current::Closed(ended),
                    ::core::result::Result::Ok(ended) => $Current::Terminated(ended),
                    ::core::result::Result::Err(_) => $Current::Unopened(id),
                }
            }
        }
    };
}

/// A plain enum with identifiers, read and written by them.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_names {
    ($(#[$doc:meta])* $vis:vis enum $Enum:ident as $kind:literal, $Trait:path { $($name:ident $about:tt = $text:expr),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        $vis enum $Enum {
            $(#[doc = $crate::__flow_about! $about] $name),+
        }

        impl $Enum {
            /// The name in both languages.
            #[allow(dead_code, reason = "the trait has it too")]
            pub fn name(self) -> $crate::value::Bilingual {
                <$Enum as $Trait>::name(self)
            }
        }

        impl $Trait for $Enum {
            const ALL: &'static [$Enum] = &[$($Enum::$name),+];
            fn index(self) -> usize {
                self as usize
            }
            fn id(self) -> &'static str {
                match self { $($Enum::$name => stringify!($name)),+ }
            }
            fn name(self) -> $crate::value::Bilingual {
                type Naming = fn($Enum) -> $crate::value::Bilingual;
                match self { $($Enum::$name => { let naming: Naming = $text; naming(self) }),+ }
            }
        }

        impl ::core::fmt::Display for $Enum {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(<$Enum as $Trait>::id(*self))
            }
        }

        impl ::core::str::FromStr for $Enum {
            type Err = $crate::flow::UnknownName;
            fn from_str(text: &str) -> ::core::result::Result<$Enum, $crate::flow::UnknownName> {
                match text {
                    $(stringify!($name) => ::core::result::Result::Ok($Enum::$name),)+
                    _ => ::core::result::Result::Err($crate::flow::UnknownName::new($kind, text, &[$(stringify!($name)),+])),
                }
            }
        }

        impl $crate::__private::serde::Serialize for $Enum {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $Enum {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<$Enum, D::Error> {
                $crate::__private::from_text(deserializer, <$Enum as ::core::str::FromStr>::from_str)
            }
        }
    };
}

/// What a variant's documentation says: of a role its name; of a step its number, name, what is done, by whom, and what is
/// published. What cannot be read is said elsewhere.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_about {
    ($zh:literal $en:literal) => {
        concat!($zh, " ", $en, ".")
    };
    ($no:literal name $zh:literal / $en:literal, does $does_zh:literal / $does_en:literal, by $by:ident, $($rest:tt)*) => {
        concat!("Step ", $no, ", **", $zh, "** ", $en, ", by `", stringify!($by), "`: ", $does_en, ". ", $does_zh, "。")
    };
    ($($other:tt)*) => {
        "See the table."
    };
}

/// Reads one row and hands its parts to `__flow_emit!`, or says which part is missing.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_row {
    ($mode:ident $ctx:tt
        name $zh:literal / $en:literal,
        does $does_zh:literal / $does_en:literal,
        by $by:ident,
        $(apart [$($apart:tt)*],)?
        $(after $after:ident,)?
        $(within $within:ident,)?
        posts $what_zh:literal / $what_en:literal on [$($channel:ident)+]
            $(for $period:ident)? $(verified by $verifier:ident)? $(objections to $judge:ident $(rising [$($level:ident)+])?)?,
        then $target:ident $({ $($outcome:tt)* })? $(,)?
    ) => {
        $crate::__flow_emit! { $mode $ctx
            [$zh, $en] [$does_zh, $does_en] $by [$($($apart)*)?] [$($after)?] [$($within)?]
            [$what_zh, $what_en] [$($channel)+] [$($period)?] [$($verifier)?] [$($judge)?] [$($($($level)+)?)?]
            $target [$($($outcome)*)?]
        }
    };
    ($mode:ident $ctx:tt name $zh:literal / $en:literal, does $a:literal / $b:literal, $next:ident $($rest:tt)*) => {
        $crate::__flow_missing! { $next $mode $ctx $($rest)* }
    };
    ($mode:ident $ctx:tt $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx
            "starts with `name \"中文\" / \"English\", does \"中文\" / \"English\",` and goes on with by, apart, after, within, posts, then, in this order" }
    };
}

/// Makes what is asked for of a row's parts.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_emit {
    (row [$Flow:ident $Step:ident $Role:ident $no:literal $step:ident]
        [$zh:literal, $en:literal] [$does_zh:literal, $does_en:literal] $by:ident [$($apart:tt)*] [$($after:ident)?] [$($within:ident)?]
        [$what_zh:literal, $what_en:literal] [$($channel:ident)+] [$($period:ident)?] [$($verifier:ident)?] [$($judge:ident)?]
        [$($level:ident)*] $target:ident [$($outcome:tt)*]
    ) => {
        $crate::flow::Row {
            step: $Step::$step,
            number: $no,
            name: $crate::value::Bilingual::new($zh, $en),
            numbered: $crate::value::Bilingual::new(concat!($no, " ", $zh), concat!($no, " ", $en)),
            does: $crate::value::Bilingual::new($does_zh, $does_en),
            by: $Role::$by,
            apart: $crate::__flow_apart!($Step $Role [] $($apart)*),
            after: $crate::__flow_option!($(stringify!($after))?),
            within: $crate::__flow_option!($(stringify!($within))?),
            posts: $crate::flow::Publication {
                what: $crate::value::Bilingual::new($what_zh, $what_en),
                channels: $crate::disclosure::Channels::NONE$(.and($crate::disclosure::Channels::$channel))+,
                period: $crate::__flow_option!($(stringify!($period))?),
                verified_by: $crate::__flow_option!($($Role::$verifier)?),
                objections_to: $crate::__flow_option!($($Role::$judge)?),
                rising: &[$($Role::$level),*],
            },
            outcomes: $crate::__flow_outcomes!($Step $target [$($outcome)*]),
        }
    };
    (known [$no:literal $step:ident]
        $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt [$($channel:ident)+] $period:tt [$($verifier:ident)?] [$($judge:ident)?]
        [$($level:ident)*] $target:ident [$($outcome:ident $zh:literal / $en:literal => $to:ident),* $(,)?]
    ) => {
        $($crate::__flow_is_channel! { $no $step $channel })+
        __flow_is_role! { $step $by }
        $(__flow_is_role! { $step $verifier })?
        $(__flow_is_role! { $step $judge })?
        $(__flow_is_role! { $step $level })*
        $crate::__flow_ways! { $no $step $target [$($to)*] }
    };
    (known $ctx:tt $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt $channels:tt $period:tt $verifier:tt $judge:tt $rising:tt
        $target:ident $outcomes:tt
    ) => {};
    (next [$Flow:ident $Step:ident $Role:ident $no:literal $step:ident]
        $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt $channels:tt $period:tt $verifier:tt $judge:tt $rising:tt
        $target:ident []
    ) => {
        $crate::__flow_target!($Flow $target)
    };
    (next $ctx:tt $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt $channels:tt $period:tt $verifier:tt $judge:tt $rising:tt
        $target:ident $outcomes:tt
    ) => {
        $target
    };
    (outcomes $ctx:tt $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt $channels:tt $period:tt $verifier:tt $judge:tt $rising:tt
        $target:ident []
    ) => {};
    (outcomes [$vis:vis $Flow:ident $Step:ident $Role:ident $no:literal $step:ident]
        $name:tt $does:tt $by:ident $apart:tt $after:tt $within:tt $what:tt $channels:tt $period:tt $verifier:tt $judge:tt $rising:tt
        $Outcomes:ident [
            $first:ident $first_zh:literal / $first_en:literal => $first_to:ident
            $(, $outcome:ident $zh:literal / $en:literal => $to:ident)* $(,)?
        ]
    ) => {
        #[doc = concat!("How step ", $no, " can end, and where that leads.")]
        #[derive(Debug)]
        $vis enum $Outcomes {
            #[doc = concat!($first_zh, " ", $first_en, ".")]
            $first($crate::__flow_target!($Flow $first_to)),
            $(
                #[doc = concat!($zh, " ", $en, ".")]
                $outcome($crate::__flow_target!($Flow $to)),
            )*
        }

        impl $crate::case::Landing<$Flow> for $Outcomes {
            fn land(moving: $crate::case::Moving<$Flow>, outcome: usize) -> $Outcomes {
                let others: &[&str] = &[$(stringify!($outcome)),*];
                match others.get(outcome.wrapping_sub(1)).copied() {
                    $(::core::option::Option::Some(stringify!($outcome)) => $Outcomes::$outcome($crate::case::Landing::land(moving, 0)),)*
                    _ => $Outcomes::$first($crate::case::Landing::land(moving, 0)),
                }
            }
        }
    };
    (outcomes $ctx:tt $name2:tt $does2:tt $by2:ident $apart2:tt $after2:tt $within2:tt $what2:tt $channels2:tt $period2:tt $verifier2:tt $judge2:tt
        $target2:ident $other:tt
    ) => {};
}

/// The people a step must differ from.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_apart {
    ($Step:ident $Role:ident [$($done:expr),*]) => { &[$($done),*] };
    ($Step:ident $Role:ident [$($done:expr),*] step $step:ident $(, $($rest:tt)*)?) => {
        $crate::__flow_apart!($Step $Role [$($done,)* $crate::flow::Apart::Step($Step::$step)] $($($rest)*)?)
    };
    ($Step:ident $Role:ident [$($done:expr),*] role $role:ident $(, $($rest:tt)*)?) => {
        $crate::__flow_apart!($Step $Role [$($done,)* $crate::flow::Apart::Role($Role::$role)] $($($rest)*)?)
    };
    ($Step:ident $Role:ident [$($done:expr),*] bidder $(, $($rest:tt)*)?) => {
        $crate::__flow_apart!($Step $Role [$($done,)* $crate::flow::Apart::Bidder] $($($rest)*)?)
    };
    ($Step:ident $Role:ident $done:tt $($rest:tt)*) => {
        compile_error!("flow!: `apart [..]` takes `step NAME`, `role NAME` and `bidder`, with commas between")
    };
}

/// The outcomes of a row as data.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_outcomes {
    ($Step:ident End []) => { $crate::__flow_outcomes!($Step Outcomes [Done "完成" / "done" => End]) };
    ($Step:ident $next:ident []) => { $crate::__flow_outcomes!($Step Outcomes [Done "完成" / "done" => $next]) };
    ($Step:ident $Outcomes:ident [$($outcome:ident $zh:literal / $en:literal => $to:ident),+ $(,)?]) => {
        &[$($crate::flow::Outcome {
            id: stringify!($outcome),
            name: $crate::value::Bilingual::new($zh, $en),
            to: $crate::__flow_to!($Step $to),
        }),+]
    };
    ($Step:ident $Outcomes:ident $other:tt) => {
        compile_error!("flow!: outcomes read `Name \"中文\" / \"English\" => Step`, with commas between")
    };
}

/// A target as data.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_to {
    ($Step:ident End) => {
        $crate::flow::Target::End
    };
    ($Step:ident $step:ident) => {
        $crate::flow::Target::Step($Step::$step)
    };
}

/// A target as a type.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_target {
    ($Flow:ident End) => { $crate::case::Concluded<$Flow> };
    ($Flow:ident $step:ident) => { $crate::case::Transaction<$step, $crate::case::Pending> };
}

/// `Some` of what is there.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_option {
    () => {
        ::core::option::Option::None
    };
    ($value:expr) => {
        ::core::option::Option::Some($value)
    };
}

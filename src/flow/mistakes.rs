//! What `flow!` says of a table that is wrong: one error each, and what to write instead.

/// One error for each name that is there twice, beside the compiler's own.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_once {
    ($what:literal) => {};
    ($what:literal $first:ident $($rest:ident)*) => {
        const _: () = {
            #[allow(unused_macros, reason = "the last name has none to be compared with")]
            macro_rules! __flow_same {
                ($first) => {
                    compile_error!(concat!("flow!: there are two ", $what, "s called ", stringify!($first), ": rename one"));
                };
                ($other:ident) => {};
            }
            $(__flow_same! { $rest })*
        };
        $crate::__flow_once! { $what $($rest)* }
    };
}

/// One error for each target and role that the table does not have, beside the compiler's own.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_known {
    ([$($step:ident)+] [$($role:ident)+] [$($authority:ident)+] $({ $($row:tt)* })+) => {
        const _: () = {
            macro_rules! __flow_is_step {
                $(($no:literal $of:ident $step) => {};)+
                ($no:literal $of:ident End) => {};
                ($no:literal $of:ident $other:ident) => {
                    compile_error!(concat!(
                        "flow!: step ", $no, " ", stringify!($of), " leads to ", stringify!($other),
                        ", which is no step of the table: write End or one of", $(" ", stringify!($step)),+
                    ));
                };
            }
            macro_rules! __flow_is_role {
                $(($at:ident $role) => {};)+
                ($at:ident $other:ident) => {
                    compile_error!(concat!(
                        "flow!: ", stringify!($at), " names ", stringify!($other),
                        ", which is no role of the table: add it to `role`, or write one of", $(" ", stringify!($role)),+
                    ));
                };
            }
            $(__flow_is_role! { authority $authority })+
            $($crate::__flow_row! { known $($row)* })+
        };
    };
}

/// Finds the missing part of a row that did not match.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_missing {
    (by $mode:ident $ctx:tt $by:ident,
        $(apart [$($apart:tt)*],)? $(after $after:ident,)? $(within $within:ident,)?
        then $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx "has no publication: add `posts \"中文\" / \"English\" on [P],` before `then`" }
    };
    (by $mode:ident $ctx:tt $by:ident,
        $(apart [$($apart:tt)*],)? $(after $after:ident,)? $(within $within:ident,)?
        posts $zh:literal / $en:literal, $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx "is published nowhere: add `on [P]` (or B, W, O) to its `posts`" }
    };
    (by $mode:ident $ctx:tt $by:ident,
        $(apart [$($apart:tt)*],)? $(after $after:ident,)? $(within $within:ident,)?
        posts $zh:literal / $en:literal on [] $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx "is published nowhere: name at least one of P, B, W, O in `on [..]`" }
    };
    (by $mode:ident $ctx:tt $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx
            "is not written as `by ROLE, [apart [..],] [after NAME,] [within NAME,] posts \"中文\" / \"English\" on [P B W O] [for NAME] [verified by ROLE] [objections to ROLE [rising [ROLE ..]]], then NEXT,`" }
    };
    ($other:ident $mode:ident $ctx:tt $($rest:tt)*) => {
        $crate::__flow_error! { $mode $ctx "has no responsible party: add `by ROLE,` after `does`" }
    };
}

/// One error for each broken row, whatever was being made of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_error {
    (row [$Flow:ident $Step:ident $Role:ident $no:literal $step:ident] $message:literal) => {
        compile_error!(concat!("flow!: step ", $no, " ", stringify!($step), " ", $message))
    };
    (known $ctx:tt $message:literal) => {};
    (next [$Flow:ident $($rest:tt)*] $message:literal) => {
        $crate::case::Concluded<$Flow>
    };
    (outcomes $ctx:tt $message:literal) => {};
}

/// Checks the letter of a channel.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_is_channel {
    ($no:literal $step:ident P) => {};
    ($no:literal $step:ident B) => {};
    ($no:literal $step:ident W) => {};
    ($no:literal $step:ident O) => {};
    ($no:literal $step:ident $other:ident) => {
        compile_error!(concat!(
            "flow!: step ",
            $no,
            " ",
            stringify!($step),
            " is published on ",
            stringify!($other),
            ", which is no channel: write P, B, W or O"
        ));
    };
}

/// Checks where a row leads: to one step, or by its outcomes.
#[doc(hidden)]
#[macro_export]
macro_rules! __flow_ways {
    ($no:literal $step:ident $target:ident []) => {
        __flow_is_step! { $no $step $target }
    };
    ($no:literal $step:ident $outcomes:ident [$($to:ident)+]) => {
        $(__flow_is_step! { $no $step $to })+
    };
}

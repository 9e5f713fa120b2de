// How long XState takes for the same three verbs: perform, publish, advance, with one guard each on who asks.
// It knows no evidence, notices or time. Run: npm install && npm run xstate
import { createActor, setup } from "xstate";

const ROLE = { perform: "board", publish: "clerk", advance: "board" };
const machine = setup({ guards: { holds: ({ event }) => ROLE[event.type] === event.role } }).createMachine({
  initial: "pending",
  states: {
    pending: { on: { perform: { target: "performed", guard: "holds" } } },
    performed: { on: { publish: { target: "public", guard: "holds" } } },
    public: { on: { advance: { target: "pending", guard: "holds" } } },
  },
});

const actor = createActor(machine).start();
const moves = Object.entries(ROLE).map(([type, role]) => ({ type, role }));
const rounds = 20_000;

// Nanoseconds for each call, the median of 31 turns; the first turns warm up.
function measure(name, one) {
  const turns = [];
  for (let turn = 0; turn < 36; turn++) {
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) moves.forEach(one);
    if (turn >= 5) turns.push(Number(process.hrtime.bigint() - start) / (rounds * moves.length));
  }
  turns.sort((a, b) => a - b);
  console.log(`xstate 5 ${name}: ${turns[15].toFixed(0)} ns (quartiles ${turns[7].toFixed(0)} to ${turns[23].toFixed(0)})`);
}

let allowed = 0;
measure("can ", (move) => { allowed += actor.getSnapshot().can(move) ? 1 : 0; });
measure("send", (move) => actor.send(move));
if (actor.getSnapshot().value !== "pending" || allowed !== 36 * rounds) throw new Error("not the three verbs");

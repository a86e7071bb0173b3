import { type Check, no, yes } from "./condition.ts";
import { graphQlLacks } from "./others.ts";
import type { Snapshot } from "./snapshot.ts";

/** Everybody may begin a thread. One in which nobody wrote who may object holds nothing, and is shown to the person. */
export function threadsCheck({ forge, gone }: Snapshot): Check {
  const { threads } = forge;
  if (threads === null) return no("threads", "threads-unknown", graphQlLacks(forge));
  const { holding, leftAside, notes } = threads;
  const count = holding.length;
  const open = count === 0 ? [] : [count === 1 ? "1 review thread is open" : `${count} review threads are open`];
  const lost =
    gone === 0
      ? []
      : [
          `${gone} comments that held the merge are gone, and GitHub did not tell who deleted them: a person has to merge`,
        ];
  const found = [...open, ...notes, ...lost].join("; ");
  const held =
    found === ""
      ? yes("threads", "none is open")
      : no("threads", holding.length > 0 ? "threads-open" : "comments-gone", found);
  if (leftAside === 0) return held;
  return { ...held, why: `${held.why}; ${leftAside} of strangers hold nothing and are left aside`, leftAside };
}

import { whatFollows } from "#contracts/gate/hold-waits.ts";
import { holdNames, holds } from "#contracts/gate/reasons.ts";
import { whys } from "#contracts/gate/whys.ts";

const whoEnds = {
  agent: "An agent of the rig ends it.",
  person: "A person who may write to the repository ends it.",
  operator: "The operator of the rig ends it.",
  github: "It ends when GitHub has what is waited for.",
  rig: "The rig ends it by itself.",
} as const;

/** The document docs/not-merged.md: a heading for each reason for which the gate holds a change. */
export function notMergedPage(): string {
  return [
    "<!-- Generated from contracts/gate/reasons.ts and whys.ts by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Why is my change not merged?",
    "",
    "`npm run rig -- gate explain OWNER/REPO#N` says which of these reasons hold a pull request, since when, and what GitHub showed.",
    "GATE_EVALUATED names them as `hold`. How the gate decides: [architecture.md](architecture.md#the-gate). On GitHub the check run `rig/gate` says the same.",
    "",
    "Most reasons name the hours after which **a person is asked**: the issue becomes `needs_human`, and `npm run rig -- issues` and `issue N` say why. GitHub sends nobody a message of that. The rig then stops:",
    "what you do about the reason is not enough any more. When it is done, take the label `agent-ready` off and set it again, or merge the change yourself. Before that time the gate goes on by itself as soon as the reason is gone.",
    "The time runs from the beginning of the hold or from the last approval, whichever is later. A reason without a time asks nobody: the pull request is closed, the issue has ended, or an attempt is under way, which the rig ends itself when it is silent for 30 minutes.",
    "",
    "A person who **holds** a change himself, by a draft, a label, a freeze and the like, is reminded instead, after `gate.remindAfterDays` of the policy: once, by a comment of the gate on the pull request.",
    ...holdNames.flatMap((name) => [
      "",
      `## ${name}`,
      "",
      [whys[name], whoEnds[holds[name].who], holds[name].todo, whatFollows(name)].filter(Boolean).join(" "),
    ]),
    "",
  ].join("\n");
}

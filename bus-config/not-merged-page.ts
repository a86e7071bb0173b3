import { hoursOf, isSetByPerson } from "#contracts/gate/hold-waits.ts";
import { type HoldName, holdNames, holds } from "#contracts/gate/reasons.ts";
import { whys } from "#contracts/gate/whys.ts";

const whoEnds = {
  agent: "An agent of the rig ends it.",
  person: "A person who may write to the repository ends it.",
  operator: "The operator of the rig ends it.",
  github: "It ends when GitHub has what is waited for.",
} as const;

function askedAfter(name: HoldName): string {
  const hours = hoursOf(name);
  if (isSetByPerson(name))
    return " After `gate.remindAfterDays` of the policy people are reminded once, on the pull request.";
  return hours === undefined ? "" : ` After ${hours} h a person is asked.`;
}

/** The document docs/not-merged.md: a heading for each reason for which the gate holds a change. */
export function notMergedPage(): string {
  return [
    "<!-- Generated from contracts/gate/reasons.ts and whys.ts by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Why is my change not merged?",
    "",
    "`npm run rig -- gate explain OWNER/REPO#N` says which of these reasons hold a pull request, since when, and what GitHub showed.",
    "GATE_EVALUATED names them as `hold`. How the gate decides: [architecture.md](architecture.md#the-gate).",
    ...holdNames.flatMap((name) => [
      "",
      `## ${name}`,
      "",
      `${whys[name]} ${whoEnds[holds[name].who]} ${holds[name].todo}${askedAfter(name)}`,
    ]),
    "",
  ].join("\n");
}

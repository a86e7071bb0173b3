import { choreography, type Row } from "#contracts/choreography.ts";
import { type CallsMade, clientCalls, identityCalls } from "./github-calls.ts";
import { type GitHubCallName, gitHubCalls, type Needs } from "./github-needs.ts";

/** The document docs/github.md: what permissions each identity's App needs, and which call needs each of them why. */
export function gitHubPage(rows: Readonly<Record<string, Row>> = choreography): string {
  return [
    "<!-- Generated from bus-config/github-calls.ts by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# GitHub permissions",
    "",
    "Each service acts on GitHub with an App of its own, which has the repository permissions below and no other.",
    "A call that is optional may be refused: the service goes on without its answer. *Not given* is a permission that the App then has not.",
    "GitHub documents no permissions for GraphQL: where *GraphQL: not documented* stands, the permission is what this rig takes to be needed, and only a real GitHub shows whether it is enough.",
    "A test compares the calls with the source of each service, so none is missing here and none is left over (`services/_rules/github-calls.test.ts`).",
    "[operating.md](operating.md#in-production) says how to make the Apps, and the ruleset without which `contents: write` is the right to merge.",
    "",
    "## What to set",
    "",
    ...matrix(rows),
    "",
    "`operator` is no App: it is a person's own token, which only `npm run rig -- doctor` uses, and only to read.",
    ...Object.entries(identityCalls).flatMap(([identity, calls]) => ["", `## ${identity}`, "", ...table(calls)]),
    "",
    "## The client of every service",
    "",
    "None of these needs more than `metadata: read`, which every App has.",
    "",
    ...table(clientCalls),
    "",
  ].join("\n");
}

/** What an identity needs for all of its calls but the optional ones: the strongest access of each permission. */
export function permissionsOf(calls: CallsMade): Needs {
  const needs: Record<string, "read" | "write"> = { metadata: "read" };
  const demanded = namesOf(calls).filter((name) => typeof calls[name] === "string");
  for (const [permission, access] of demanded.flatMap((name) => entriesOf(gitHubCalls[name].needs))) {
    if (needs[permission] !== "write") needs[permission] = access;
  }
  return needs;
}

function matrix(services: Readonly<Record<string, Row>>): readonly string[] {
  const permissions = [
    ...new Set(Object.values(identityCalls).flatMap((calls) => Object.keys(permissionsOf(calls)))),
  ].sort();
  const rows = Object.entries(identityCalls).map(([identity, calls]) => {
    const needs: Readonly<Record<string, string>> = permissionsOf(calls);
    // A service that runs the program of another one has an App of its own with the same permissions.
    const same = Object.keys(services).filter((name) => services[name]?.program === identity);
    const names = [identity, ...same].map((name) => `**${name}**`).join(", ");
    return [names, ...permissions.map((permission) => needs[permission] ?? "–")];
  });
  return tableOf(["identity", ...permissions.map(code)], rows);
}

function table(calls: CallsMade): readonly string[] {
  const given: Readonly<Record<string, string>> = permissionsOf(calls);
  const rows = namesOf(calls).map((name) => {
    const { needs, remark } = { remark: undefined, ...gitHubCalls[name] };
    const needed = entriesOf(needs)
      .map(([permission, access]) => code(`${permission}: ${access}`))
      .join(", ");
    const { optional, why } = reasonOf(calls[name] ?? "");
    const said = [why, remark].filter((each) => each !== undefined).join(" ");
    const isGiven = entriesOf(needs).every(([permission, access]) =>
      [access, "write"].includes(given[permission] ?? ""),
    );
    const remarkOf = isGiven ? " (optional)" : " (not given: optional)";
    return [code(name), needed === "" ? "–" : `${needed}${optional ? remarkOf : ""}`, said];
  });
  return tableOf(["call", "permission", "why"], rows);
}

function reasonOf(why: NonNullable<CallsMade[GitHubCallName]>) {
  return typeof why === "string" ? { optional: false, why } : { optional: true, why: why.optional };
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

function namesOf(calls: CallsMade): readonly GitHubCallName[] {
  return Object.keys(calls) as GitHubCallName[];
}

function entriesOf(needs: Needs): readonly (readonly [string, "read" | "write"])[] {
  return Object.entries(needs);
}

function code(text: string): string {
  return `\`${text}\``;
}

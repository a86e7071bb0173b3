import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigProvider, Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plainSettings } from "#contracts/test-facts.ts";
import { narrowByText, readPolicy } from "./policy.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-policy-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Reads the policy as a service with exactly this environment does. */
function policyBy(env: Record<string, string>) {
  return Effect.runPromise(readPolicy().pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))));
}

const right = `
stack: { allowed: [node] }
testCommand: { default: make test }
limits:
  claimsPerAttemptMax: { default: 1, max: 2 }
  failedAttemptsMax: { default: 1, max: 1 }
  fixRoundsMax: { default: 0, max: 9 }
unreadableFiles: { default: ask_person, allowed: [ask_person] }
fleet: { bytesPerHourMax: 1000 }
gate:
  mode: act
  nothingRequired: hold
  remindAfterDays: 7
  personPaths: { auth: ["**/auth"], payment: [], schema: [], deletion: [], policy: [], other: [] }
  largeChange: { filesMax: 20, linesMax: 500 }
  tiers:
    low: { approvals: 0, person: false }
    medium: { paths: [], labels: [], kinds: [], filesOver: 10, linesOver: 200, approvals: 0, person: false }
    high: { paths: [], labels: [], kinds: [], filesOver: 20, linesOver: 500, approvals: 0, person: false }
`;

test("the file of this repository has the numbers of the domain: three claims without a result, two failures, three rounds", async () => {
  const policy = await policyBy({});
  expect(narrowByText(policy, "stack: node")).toMatchObject({ effective: plainSettings });
  expect(policy.limits).toEqual({
    claimsPerAttemptMax: { default: 3, max: 3 },
    failedAttemptsMax: { default: 2, max: 2 },
    fixRoundsMax: { default: 3, max: 3 },
  });
  expect(policy.gate.largeChange).toEqual({ filesMax: 20, linesMax: 500 });
});

test("RIG_POLICY names another file", async () => {
  const path = join(directory, "right.yaml");
  await writeFile(path, right);
  expect((await policyBy({ RIG_POLICY: path })).testCommand).toEqual({ default: "make test" });
});

test("the operator names the bots whose label approves; without the key there are none, and no repository adds one", async () => {
  expect((await policyBy({})).labels).toEqual({ bots: [] });
  const path = join(directory, "bots.yaml");
  await writeFile(path, right);
  expect((await policyBy({ RIG_POLICY: path })).labels).toBeUndefined();
  await writeFile(path, `${right}labels: { bots: ["triage[bot]"] }\n`);
  const policy = await policyBy({ RIG_POLICY: path });
  expect(policy.labels).toEqual({ bots: ["triage[bot]"] });
  const widened = narrowByText(policy, 'stack: node\nlabels: { bots: ["mallory[bot]"] }\n');
  expect(widened).toEqual({ wrong: expect.stringContaining('"labels" is no key of this file') });
});

test.each([
  [
    "is empty",
    "",
    "stack is missing. testCommand is missing. limits is missing. unreadableFiles is missing. fleet is missing. gate is missing",
  ],
  ["is not YAML", "stack: [", "not YAML: "],
  ["misspells a key", right.replace("max: 9", "mx: 9"), 'the nearest one is "limits.fixRoundsMax.max"'],
  ["has an unknown key", `${right}reviewers: [ada]\n`, '"reviewers" is no key of this file'],
  [
    "names a person as a bot",
    `${right}labels: { bots: [mallory] }\n`,
    "expected the login of a bot, which ends with [bot]",
  ],
  ["has a default above its bound", right.replace("max: 2", "max: 0"), "limits.claimsPerAttemptMax"],
  [
    "has a default above its max",
    right.replace("default: 0, max: 9", "default: 5, max: 4"),
    "the default is above the max",
  ],
  [
    "has a default that it does not allow",
    right.replace("default: ask", "default: request_changes, allowed: [ask_person] } # "),
    "the default is not allowed",
  ],
  ["lets the gate do neither", right.replace("mode: act", "mode: sometimes"), 'gate.mode is "sometimes"'],
  ["has no kind of paths", right.replace(", other: []", ""), "gate.personPaths.other is missing"],
  [
    "has a pattern that is none",
    right.replace("**/auth", "/auth"),
    'gate.personPaths.auth is "/auth": expected a path from the root',
  ],
  ["has no tier", right.replace("    low:", "    lwo:"), 'the nearest one is "gate.tiers.low"'],
  [
    "wants more approvals than GitHub can",
    right.replace("approvals: 0", "approvals: 7"),
    "gate.tiers.low.approvals is 7",
  ],
  ["allows no byte", right.replace("1000", "0"), "fleet.bytesPerHourMax is 0"],
  ["allows a stack that the rig has not", right.replace("[node]", "[cobol]"), 'stack.allowed is "cobol"'],
])(
  "a service whose policy %s refuses to start, and says which file, which key and what to do",
  async (_, text, words) => {
    const path = join(directory, "wrong.yaml");
    await writeFile(path, text);
    const refused = expect(policyBy({ RIG_POLICY: path })).rejects;
    await refused.toThrow(`${path}: `);
    await expect(policyBy({ RIG_POLICY: path })).rejects.toThrow(words);
    await expect(policyBy({ RIG_POLICY: path })).rejects.toThrow(". Correct it, then start the service again.");
  },
);

test("a service without a policy refuses to start", async () => {
  const path = join(directory, "absent.yaml");
  await expect(policyBy({ RIG_POLICY: path })).rejects.toThrow(
    `${path} cannot be read: it has to hold the operator's policy. Restore it, or let RIG_POLICY name the file that does.`,
  );
});

test("a file that is not YAML is refused with a sentence for its author", async () => {
  expect(narrowByText(await policyBy({}), "stack: [")).toEqual({ wrong: expect.stringMatching(/^not YAML: /) });
});

test.each([
  ["an alias to itself", "stack: node\ntools: &a [*a]\n", /alias/i],
  ["a tag", "stack: node\nlimits: !!omap [fixRoundsMax: 0]\n", /not YAML/],
  ["a directive", "%YAML 1.1\n---\nstack: node\n", /directive/],
  ["more than 64 KiB", `stack: node\n# ${"x".repeat(70_000)}\n`, /longer than/],
  ["a test command of blanks", 'stack: node\ntestCommand: "  "\n', /testCommand is/],
  ["a test command with a NUL", 'stack: node\ntestCommand: "a\\0b"\n', /testCommand is/],
  [
    "a thousand wrong keys",
    Array.from({ length: 1_000 }, (_, at) => `wrong${at}: 1`).join("\n"),
    /And 99\d faults more/,
  ],
])("a repository's file with %s is refused with a sentence for its author", async (_name, text, words) => {
  expect(narrowByText(await policyBy({}), text)).toEqual({ wrong: expect.stringMatching(words) });
});

test("aliases that multiply are refused instead of filling the memory", async () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [to, from] of ["ba", "cb", "dc", "ed", "fe"].map((pair) => [...pair])) {
    lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
  }
  const narrowed = narrowByText(await policyBy({}), lines.join("\n"));
  expect(narrowed).toEqual({ wrong: expect.stringMatching(/^not YAML: .*alias/i) });
});

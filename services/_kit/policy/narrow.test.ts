import { Arbitrary, Effect } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldsOf, jsonSchemaOf } from "#bus-config/json-schema.ts";
import { pathKinds } from "#contracts/gate/person-rules.ts";
import { AgentConfig, agentConfigPath, type GatePolicy, type Limits, Policy, policyPath } from "#contracts/policy.ts";
import { plainSettings } from "#contracts/test-facts.ts";
import { narrow } from "./narrow.ts";

const gate: GatePolicy = {
  mode: "act",
  nothingRequired: "hold",
  testMergeResult: true,
  remindAfterDays: 7,
  personPaths: { auth: ["**/auth"], payment: ["**/*payment*"], schema: [], deletion: [], policy: [], other: [] },
  largeChange: { filesMax: 20, linesMax: 500 },
  tiers: {
    low: { approvals: 0, person: false },
    medium: { paths: [], labels: ["risky"], kinds: [], filesOver: 10, linesOver: 200, approvals: 1, person: false },
    high: { paths: ["infra"], labels: [], kinds: [], filesOver: 20, linesOver: 500, approvals: 2, person: true },
  },
};

const policy: Policy = {
  stack: { allowed: ["node"] },
  testCommand: { default: "npm test" },
  limits: {
    claimsPerAttemptMax: { default: 3, max: 3 },
    failedAttemptsMax: { default: 2, max: 4 },
    fixRoundsMax: { default: 3, max: 5 },
  },
  unreadableFiles: { default: "request_changes", allowed: ["request_changes", "ask_person"] },
  gate,
  fleet: { bytesPerHourMax: 1 },
};

const wrong = (file: unknown, by: Policy = policy) => {
  const narrowed = narrow(by, file);
  if ("effective" in narrowed) throw new Error("was accepted");
  return narrowed.wrong;
};

describe("a repository's file", () => {
  test("that names only its stack has the operator's defaults", () => {
    expect(narrow(policy, { stack: "node" })).toEqual({ effective: plainSettings, gate, own: {} });
  });

  test("may name its test command, and numbers up to the bound, above the default too", () => {
    const file = { stack: "node", testCommand: "npm run test:ci", limits: { fixRoundsMax: 5, claimsPerAttemptMax: 1 } };
    expect(narrow(policy, { ...file, tools: ["git"], buildCommand: "", escalate: [] })).toEqual({
      effective: {
        stack: "node",
        testCommand: "npm run test:ci",
        limits: { claimsPerAttemptMax: 1, failedAttemptsMax: 2, fixRoundsMax: 5 },
        unreadableFiles: "request_changes",
      },
      gate,
      own: {},
    });
  });

  test("adds patterns to the operator's, and takes none of them away", () => {
    const own = { gate: { personPaths: { auth: ["src/door", "**/auth"], other: ["docs/legal"] } } };
    const { auth, other } = { auth: ["**/auth", "src/door"], other: ["docs/legal"] };
    expect(narrow(policy, { stack: "node", ...own })).toEqual({
      effective: plainSettings,
      gate: { ...gate, personPaths: { ...gate.personPaths, auth, other } },
      own: own.gate,
    });
    const none = { gate: { personPaths: { auth: [], payment: [] } } };
    expect(narrow(policy, { stack: "node", ...none })).toEqual({ effective: plainSettings, gate, own: none.gate });
  });

  test("may call a smaller change large, and no larger one small", () => {
    const own = { gate: { largeChange: { filesMax: 5 } } };
    const largeChange = { filesMax: 5, linesMax: 500 };
    expect(narrow(policy, { stack: "node", ...own })).toEqual({
      effective: plainSettings,
      gate: { ...gate, largeChange },
      own: own.gate,
    });
    expect(wrong({ stack: "node", gate: { largeChange: { filesMax: 21, linesMax: 500 } } })).toBe(
      "gate.largeChange.filesMax is 21, but the operator of this rig allows at most 20. Only the operator can raise that, at gate.largeChange.filesMax in facts/policy.yaml",
    );
  });

  test.each<[string, keyof Limits, number]>([
    ["claims", "claimsPerAttemptMax", 3],
    ["failures", "failedAttemptsMax", 4],
    ["rounds of fixes", "fixRoundsMax", 5],
  ])("that sets more %s than the bound is refused with key, value, bound, and who may change it", (_, name, max) => {
    expect(wrong({ stack: "node", limits: { [name]: max + 1 } })).toBe(
      `limits.${name} is ${max + 1}, but the operator of this rig allows at most ${max}. Only the operator can raise that, at limits.${name}.max in facts/policy.yaml`,
    );
  });

  test("whose stack the operator does not allow is refused", () => {
    expect(wrong({ stack: "node" }, { ...policy, stack: { allowed: [] } })).toBe(
      'stack is "node", but the operator of this rig allows no stack. Only the operator can add one, at stack.allowed in facts/policy.yaml',
    );
  });

  test("may leave what Review-E cannot read to a person, and not take that back where the operator wants it", () => {
    const effective = { ...plainSettings, unreadableFiles: "ask_person" };
    expect(narrow(policy, { stack: "node", unreadableFiles: "ask_person" })).toEqual({ effective, gate, own: {} });
    const strict: Policy = { ...policy, unreadableFiles: { default: "ask_person", allowed: ["ask_person"] } };
    expect(narrow(strict, { stack: "node" })).toEqual({ effective, gate, own: {} });
    expect(wrong({ stack: "node", unreadableFiles: "request_changes" }, strict)).toBe(
      'unreadableFiles is "request_changes", but the operator of this rig allows only ask_person. Only the operator can add one, at unreadableFiles.allowed in facts/policy.yaml',
    );
    expect(wrong({ stack: "node", unreadableFiles: "approve" })).toContain('unreadableFiles is "approve": expected');
  });

  test.each<[string, unknown, string]>([
    ["no stack", {}, "stack is missing"],
    ["a stack that the rig has not", { stack: "cobol" }, 'stack is "cobol": expected "node"'],
    // `any` is for reviews: nobody would claim such work, and the issue would wait for ever.
    ["the stack of reviews", { stack: "any" }, 'stack is "any": expected "node"'],
    ["a list", ["stack: node"], "the file has to consist of keys and values"],
    ["a word", "stack", "the file has to consist of keys and values"],
    ["no test command", { stack: "node", testCommand: "" }, 'testCommand is "": expected a command line'],
    ["a limit that is text", { stack: "node", limits: { fixRoundsMax: "2" } }, 'limits.fixRoundsMax is "2": expected'],
    [
      "a limit that is a part",
      { stack: "node", limits: { fixRoundsMax: 1.5 } },
      "limits.fixRoundsMax is 1.5: expected",
    ],
    ["no claim at all", { stack: "node", limits: { claimsPerAttemptMax: 0 } }, "limits.claimsPerAttemptMax is 0: "],
    [
      "a number of files below 0",
      { stack: "node", gate: { largeChange: { filesMax: -1 } } },
      "gate.largeChange.filesMax is -1: ",
    ],
    [
      "a pattern of another language",
      { stack: "node", gate: { personPaths: { auth: ["src/{auth,login}"] } } },
      'gate.personPaths.auth is "src/{auth,login}": expected a path from the root with',
    ],
    ["a tool that is a number", { stack: "node", tools: [7] }, "tools is 7: expected string"],
  ])("with %s is refused by the name of the key", (_, file, sentence) => {
    expect(wrong(file)).toContain(sentence);
  });

  test.each([
    [
      { testComand: "npm test" },
      '"testComand" is no key of this file, the nearest one is "testCommand". All of them: ',
    ],
    [{ fixRoundsMax: 2 }, 'the nearest one is "limits.fixRoundsMax"'],
    [
      { limits: { fixRoundMax: 2 } },
      '"limits.fixRoundMax" is no key of this file, the nearest one is "limits.fixRoundsMax"',
    ],
    [{ personPaths: { auth: ["a"] } }, 'the nearest one is "gate.personPaths"'],
    [{ Stack: "node" }, 'the nearest one is "stack"'],
    [{ future: "yes" }, '"future" is no key of this file'],
  ])("with the unknown key of %j is refused with the nearest one", (keys, sentence) => {
    expect(wrong({ stack: "node", ...keys })).toContain(sentence);
  });

  test("is refused with all its faults at once", () => {
    const limits = { claimsPerAttemptMax: 9, fixRoundsMax: 9 };
    expect(wrong({ stack: "node", limits }).match(/at most/g)).toHaveLength(2);
    expect(wrong({ stak: "node", tools: 1 })).toMatch(/^"stak" is no key.*stack is missing.*tools is 1/s);
  });
});

/** Generates any policy whose defaults are within its bounds. */
const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    allowed: fc.constantFrom(["node" as const], []),
    bounds: fc.array(limit(), { minLength: 3, maxLength: 3 }),
    largeChange: fc.record({ filesMax: fc.nat(9), linesMax: fc.nat(9) }),
    choices: fc.constantFrom<Policy["unreadableFiles"]["allowed"]>(["ask_person"], ["request_changes", "ask_person"]),
  })
  .map(({ allowed, largeChange, choices, bounds: [claims = one, failed = one, fixes = one] }) => ({
    stack: { allowed },
    testCommand: { default: "npm test" },
    limits: { claimsPerAttemptMax: claims, failedAttemptsMax: failed, fixRoundsMax: fixes },
    unreadableFiles: { default: choices[0] ?? "ask_person", allowed: choices },
    gate: { ...gate, largeChange },
    fleet: { bytesPerHourMax: 1 },
  }));
const one = { default: 1, max: 1 };
function limit() {
  return fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).map(([a, b]) => ({
    default: Math.min(a, b),
    max: Math.max(a, b),
  }));
}

const some = { requiredKeys: [] };

/** Generates tiers near those of the policy, and others. */
const anyTier = fc.oneof(
  fc.record(
    {
      approvals: fc.integer({ min: -1, max: 7 }),
      person: fc.boolean(),
      filesOver: fc.integer({ min: 8, max: 21 }),
      linesOver: fc.integer({ min: 199, max: 501 }),
      paths: fc.array(fc.constantFrom("a", "infra", "/c")),
    },
    some,
  ),
  fc.constant({}),
);

/** Generates files that fit the schema, files that nearly do, and any other YAML value. */
const anyFile = fc.oneof(
  fc.integer().map((seed) => Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(AgentConfig), { seed }))[0]),
  fc.record(
    {
      stack: fc.oneof({ weight: 9, arbitrary: fc.constant("node") }, fc.jsonValue()),
      testCommand: fc.oneof(fc.constant("make test"), fc.jsonValue()),
      limits: fc.record(
        {
          claimsPerAttemptMax: fc.oneof(fc.integer({ min: -1, max: 9 }), fc.jsonValue()),
          failedAttemptsMax: fc.integer({ min: -1, max: 9 }),
          fixRoundsMax: fc.integer({ min: -1, max: 9 }),
        },
        { requiredKeys: [] },
      ),
      unreadableFiles: fc.oneof(fc.constantFrom("ask_person", "request_changes"), fc.jsonValue()),
      gate: fc.oneof(
        fc.record(
          {
            personPaths: fc.record({ auth: fc.array(fc.constantFrom("a", "b", "/c")), payment: fc.jsonValue() }, some),
            largeChange: fc.record({ filesMax: fc.integer({ min: -1, max: 9 }), linesMax: fc.nat(9) }, some),
            tiers: fc.record({ low: anyTier, medium: anyTier, high: anyTier }, some),
          },
          some,
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: ["stack"] },
  ),
  fc.jsonValue(),
);

test("the settings are never looser than the operator's bound, whatever is in the file", () => {
  let accepted = 0;
  fc.assert(
    fc.property(anyPolicy, anyFile, (by, file) => {
      const narrowed = narrow(by, file);
      if ("wrong" in narrowed) {
        expect(narrowed.wrong).not.toBe("");
        return;
      }
      accepted += 1;
      const { stack, testCommand, limits, unreadableFiles } = narrowed.effective;
      expect(by.stack.allowed).toContain(stack);
      expect(by.unreadableFiles.allowed).toContain(unreadableFiles);
      expect(testCommand).not.toBe("");
      for (const kind of pathKinds) {
        expect(narrowed.gate.personPaths[kind]).toEqual(expect.arrayContaining([...by.gate.personPaths[kind]]));
      }
      expect(narrowed.gate.largeChange.filesMax).toBeLessThanOrEqual(by.gate.largeChange.filesMax);
      expect(narrowed.gate.largeChange.linesMax).toBeLessThanOrEqual(by.gate.largeChange.linesMax);
      const { low, medium, high } = narrowed.gate.tiers;
      expect(low.approvals).toBeGreaterThanOrEqual(by.gate.tiers.low.approvals);
      for (const [now, operator] of [
        [medium, by.gate.tiers.medium],
        [high, by.gate.tiers.high],
      ] as const) {
        expect(now.approvals).toBeGreaterThanOrEqual(operator.approvals);
        expect(now.person || !operator.person).toBe(true);
        expect(now.filesOver).toBeLessThanOrEqual(operator.filesOver);
        expect(now.linesOver).toBeLessThanOrEqual(operator.linesOver);
        expect([...now.paths, ...now.labels]).toEqual(expect.arrayContaining([...operator.paths, ...operator.labels]));
      }
      for (const [name, { max }] of Object.entries(by.limits)) {
        expect(limits[name as keyof Limits]).toBeLessThanOrEqual(max);
        expect(limits[name as keyof Limits]).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test("both files have the same keys: each key of the operator's file bounds the repository's key, but what is the operator's alone", () => {
  const bounds = ["allowed", "default", "max"];
  const isOfOperator = (key: string) =>
    /^(fleet|gate\.(mode|nothingRequired|testMergeResult|remindAfterDays)|labels)\b/.test(key);
  const keys = fieldsOf(jsonSchemaOf(Policy, policyPath)).map(({ path }) => path);
  const settings = keys.filter((key) => !isOfOperator(key) && !bounds.some((bound) => key.endsWith(`.${bound}`)));
  const own = fieldsOf(jsonSchemaOf(AgentConfig, agentConfigPath)).map(({ path }) => path);
  expect(own).toEqual(expect.arrayContaining(settings));
  expect(own.filter(isOfOperator)).toEqual([]);
});

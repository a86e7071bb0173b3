import { describe, expect, test } from "vitest";
import { readForbidden, wordViolations } from "./forbidden-words.ts";
import { namesUsed } from "./imports.ts";

const glossary = `
| word | not | what it is | where |
| --- | --- | --- | --- |
| bus | | the connection to NATS | \`services/_kit/bus/bus.ts\` |
| publish | \`say\`, "says FACT" | to store a fact, not to "shout" it | \`publishFacts\` |
| redeliver | \`takeWork\`, "comes again" | a message is delivered again | here |
`;
const forbidden = readForbidden(glossary);

function violations(path: string, text: string): readonly string[] {
  return wordViolations({ path, text }, forbidden, ["MERGED", "PR_CLOSED"]);
}

test("the column 'not' of the glossary is read: names in code, prose in quotes, with the word to use", () => {
  expect(forbidden).toEqual([
    { scope: "names", text: "say", instead: "publish" },
    { scope: "prose", text: "says FACT", instead: "publish" },
    { scope: "names", text: "takeWork", instead: "redeliver" },
    { scope: "prose", text: "comes again", instead: "redeliver" },
  ]);
});

describe("a name", () => {
  const mend = 'The word is "publish" (docs/glossary.md); write the sentence with it.';

  test.each([
    ["export function sayTwice() {}", "sayTwice"],
    ["interface Held { say(): void }", "say"],
    ["const f = (one: number, toSay: string) => one;", "toSay"],
    ["type Say = string;", "Say"],
  ])("with a forbidden word is refused: %s", (text, name) => {
    expect(violations("services/cost/work.ts", text)).toEqual([
      `services/cost/work.ts:1: the name ${name} has "say". ${mend}`,
    ]);
  });

  test("with two forbidden words side by side is refused", () => {
    expect(violations("contracts/work.ts", "\nconst takeWorkOf = 1;")).toEqual([
      expect.stringContaining('contracts/work.ts:2: the name takeWorkOf has "takeWork"'),
    ]);
    expect(violations("contracts/work.ts", "const takeHomeWork = 1;")).toEqual([]);
  });

  test("is allowed inside another word, as a property of others, in deploy/ and in a test", () => {
    expect(violations("services/cost/work.ts", "const essay = voice.say;")).toEqual([]);
    expect(violations("deploy/local/model/playbook.ts", "const say = 1;")).toEqual([]);
    expect(violations("services/cost/cost.int.test.ts", "const say = 1; // comes again")).toEqual([]);
  });
});

describe("prose", () => {
  test.each([
    ["docs/operating.md", "The message\ncomes again."],
    ["README.md", "what Comes  again"],
    ["deploy/local/rig.ts", "// The message comes\n  // again."],
    ["facts/policy.yaml", "# The message comes\n# again.\nlimits: {}"],
    ["deploy/local/setup.mjs", "// The message comes\n// again."],
    ["services/_kit/bus/bus.ts", "/**\n * The message comes\n * again.\n */"],
    ["services/_kit/bus/bus.ts", 'throw new Error("it comes again");'],
    ["docs/architecture.md", "the gate says `MERGED`"],
    ["docs/architecture.md", "the webhook says PR_CLOSED"],
  ])("with a forbidden phrase is refused, over the end of a line as well: %s, %j", (path, text) => {
    expect(violations(path, text)).toHaveLength(1);
  });

  test("a violation says where, what, and the word to use", () => {
    expect(violations("docs/operating.md", "One.\nIt comes again.")).toEqual([
      'docs/operating.md:2: "comes again". The word is "redeliver" (docs/glossary.md); write the sentence with it.',
    ]);
  });

  test.each(["GitHub says no", "the file says `NATS_URL`", "what comes against it", "it comes, again"])(
    "in ordinary English is free: %s",
    (text) => {
      expect(violations("docs/operating.md", text)).toEqual([]);
    },
  );
});

describe("the title of a test", () => {
  const phrase = "comes again";

  test.each([
    [`test("the item ${phrase}", () => {});`, 1],
    [`describe(\`an item of \${name} that ${phrase}\`, () => {});`, 1],
    [`describe("a rule", () => {\n  it("${phrase}", { timeout: 1 }, async () => {});\n});`, 2],
    [`test.concurrent(\n  "${phrase}",\n  async () => {},\n);`, 2],
    [`test.each<[string, number]>([\n  ["one", 1],\n])("%s ${phrase}", () => {});`, 3],
    [`describe.each(both)("%s ${phrase}", () => {});`, 1],
    [`test.each([\n  ["${phrase}", [opened]],\n])("a head that %s", () => {});`, 2],
    [`describe.each([\n  "one",\n  \`${phrase}\`,\n] as const)("%s", () => {});`, 3],
    [`describe.skipIf(absent)(\`${phrase}\`, () => {});`, 1],
  ])("with a forbidden phrase is refused at its line: %s", (text, line) => {
    expect(violations("contracts/work.test.ts", text)).toEqual([
      `contracts/work.test.ts:${line}: "${phrase}". The word is "redeliver" (docs/glossary.md); write the sentence with it.`,
    ]);
  });

  test.each([
    `test("an item is redelivered", () => {}); // it ${phrase}`,
    `test("an item is redelivered", () => expect(say).toBe("${phrase}"));`,
    `// ${phrase}\ntest.each([["one", "${phrase}"], [["${phrase}"]]])("%s is refused", () => {});`,
  ])("is, with the first string of each row, the only part of a test that is checked: %s", (text) => {
    expect(violations("contracts/work.test.ts", text)).toEqual([]);
  });
});

test("the names of a file are read as the compiler does, each once", () => {
  const text = "// comment\nconst a = b.c + a[d];\nfunction e(f: G) { return { h: f, i: [j] }; }";
  expect(namesUsed({ path: "x.ts", text }).map(({ name, line }) => `${name} ${line}`)).toEqual([
    ...["a 2", "b 2", "d 2", "e 3", "f 3", "G 3", "h 3", "i 3", "j 3"],
  ]);
});

import { join } from "node:path";
import { expect, test } from "vitest";
import { errorTable, readErrors } from "./error-table.ts";
import { readSources } from "./generate.ts";

const described = `/**
 * The bridge is up. Nobody
 * passes.
 * Kind: retryable. What to do: wait until it is down.
 */
export class BridgeUp extends Error {}
`;
const entry = {
  name: "BridgeUp",
  kind: "retryable",
  when: "The bridge is up. Nobody passes.",
  whatToDo: "wait until it is down.",
  path: "services/_kit/bridge.ts",
};

function read(text: string) {
  return readErrors([{ path: "services/_kit/bridge.ts", text }]);
}

const mend =
  'Its docstring says when it happens, then "Kind: …." (business no, retryable, poison, refuses to start, defect), then "What to do: …".';

test("reads when an error happens, its kind and what to do from its docstring", () => {
  expect(read(described)).toEqual({ entries: [entry], faults: [] });
});

test.each([
  ["a class without a docstring", "class BridgeUp extends Error {}"],
  ["a tagged error", `class BridgeUp extends Schema.TaggedError<BridgeUp>()("BridgeUp", {}) {}`],
  ["a plain object that is failed with", `const up = () => Effect.fail({ _tag: "BridgeUp" } as const);`],
  [
    "a docstring that does not say what to do",
    "/** The bridge is up. Kind: poison. */\nclass BridgeUp extends Error {}",
  ],
  ["a kind that does not exist", described.replace("retryable", "sad")],
])("an error without an entry is refused: %s", (_, text) => {
  expect(read(text)).toEqual({
    entries: [],
    faults: [`services/_kit/bridge.ts: BridgeUp has no entry in docs/errors.md. ${mend}`],
  });
});

test.each([
  'Data.TaggedError("BridgeUp")',
  'Schema.TaggedError<Up>()("BridgeUp", {})',
  'TaggedErrorClass("BridgeUp")<A>',
])("an error that %s makes, without a class, is refused without an entry", (call) => {
  expect(read(`const Up = ${call};`).faults).toEqual([
    `services/_kit/bridge.ts: BridgeUp has no entry in docs/errors.md. ${mend}`,
  ]);
});

test.each(["upTag", "string", '"BridgeUp" | "BridgeDown"', "`Up`"])(
  "a _tag that is no literal is refused: %s",
  (tag) => {
    expect(read(`const up = () => Effect.fail({ _tag: ${tag}, why: 1 });`).faults).toEqual([
      `services/_kit/bridge.ts: the _tag ${tag} is no literal. Write the name of one error in quotes.`,
    ]);
  },
);

test("an error with the name of one of another file is refused, because its own entry would stand for both", () => {
  const other = { path: "services/dev-e/git.ts", text: `interface Up { readonly _tag: "BridgeUp"; }` };
  const { faults } = readErrors([{ path: "services/_kit/bridge.ts", text: described }, other]);
  expect(faults).toEqual([
    expect.stringMatching(/^BridgeUp is defined in .*(bridge|git)\.ts and .*: give each error a name of its own\.$/),
  ]);
  expect(faults[0]).toContain("services/_kit/bridge.ts");
  expect(faults[0]).toContain("services/dev-e/git.ts");
});

test("an error that extends another error needs an entry of its own", () => {
  expect(read(`${described}class DrawbridgeUp extends BridgeUp {}`).faults).toEqual([
    `services/_kit/bridge.ts: DrawbridgeUp has no entry in docs/errors.md. ${mend}`,
  ]);
});

test("an entry without an error is refused", () => {
  const gone = described.replace("class BridgeUp extends Error {}", "const bridge = 1;");
  expect(read(gone)).toEqual({
    entries: [],
    faults: [
      'services/_kit/bridge.ts: a docstring has "What to do:" but stands on no error. Take it out, or define the error there.',
    ],
  });
});

test("words in comments define no error", () => {
  expect(read('// class BridgeUp extends Error\n/* _tag: "BridgeUp" */\nconst a = 1;')).toEqual({
    entries: [],
    faults: [],
  });
});

test("the table shows an error below its kind, with its file", () => {
  const { entries } = read(described);
  const section = errorTable(entries)
    .split("\n## ")
    .find((part) => part.startsWith("retryable"));
  expect(section).toContain(
    "| `BridgeUp` | The bridge is up. Nobody passes. | Wait until it is down. | `services/_kit/bridge.ts` |",
  );
});

test("every error of this repository has an entry, and every entry an error", async () => {
  const { entries, faults } = readErrors(await readSources(join(import.meta.dirname, "..")));
  expect(faults).toEqual([]);
  expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(["BusUnfit", "ClaimLost", "BinaryNotFound"]));
});

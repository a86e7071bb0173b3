import type { DemoChange } from "./demo-change.ts";
import { truncateIssue } from "./issues.ts";

const before = `  const cut = text.slice(0, max);
  const lastSpace = cut.lastIndexOf(" ");
  return (lastSpace > 0 ? cut.slice(0, lastSpace) : cut).trimEnd() + ELLIPSIS;`;

const after = `  const room = max - ELLIPSIS.length;
  const lastSpace = text.slice(0, room + 1).lastIndexOf(" ");
  return text.slice(0, lastSpace > 0 ? lastSpace : room).trimEnd() + ELLIPSIS;`;

const sourceWith = (cutting: string) => `const ELLIPSIS = "…";

/**
 * Shortens a text to at most max characters: it is cut at the end of a word, and "…" is put after it.
 * @param {string} text
 * @param {number} max at least 1
 * @returns {string}
 * @throws {RangeError} when max is below 1
 */
export function truncate(text, max) {
  if (!(max >= 1)) throw new RangeError("max must be at least 1, not " + max);
  if (text.length <= max) return text;
${cutting}
}
`;

const firstTest = `import assert from "node:assert/strict";
import { test } from "node:test";
import { truncate } from "../src/truncate.js";

test("gives a text that fits back as it is", () => {
  assert.equal(truncate("The quick", 9), "The quick");
});

test("cuts a longer text at the end of a word", () => {
  assert.equal(truncate("The quick brown fox", 12), "The quick…");
});

test("refuses a limit below 1", () => {
  assert.throws(() => truncate("The quick", 0), RangeError);
});
`;

const longWordTest = `
test("cuts a word that does not fit inside, and never gives more than max characters", () => {
  assert.equal(truncate("Supercalifragilistic", 6), "Super…");
  assert.equal(truncate("Supercalifragilistic", 1), "…");
});
`;

/** `truncate(text, max)`: the first attempt gives one character too many for a word longer than `max`. */
export const truncateChange: DemoChange = {
  name: "truncate",
  issue: truncateIssue,
  titlePattern: /\btruncate\b/i,
  sourcePath: "src/truncate.js",
  testPath: "test/truncate.test.js",
  modelPaths: ["src/wordCount.js", "test/wordCount.test.js"],
  first: { source: sourceWith(before), test: firstTest },
  fixed: { source: sourceWith(after), test: firstTest + longWordTest },
  edit: { before, after },
  readme: {
    heading: "## Passages",
    marker: "### `truncate(text, max)`",
    entry: `### \`truncate(text, max)\`

Shortens a text to at most \`max\` characters: it is cut at the end of a word, and \`…\` is put after it.

\`\`\`js
truncate("The quick brown fox", 12); // "The quick…"
\`\`\`
`,
  },
  findings: [
    {
      path: "src/truncate.js",
      goneWhen: "max - ELLIPSIS.length",
      at: "const cut = text.slice(0, max);",
      comment:
        "This leaves no room for the ellipsis: where the first word is longer than max, the result has max + 1 characters. " +
        'truncate("Supercalifragilistic", 6) gives "Superc…", and the issue asks for "Super…".',
    },
    {
      path: "test/truncate.test.js",
      goneWhen: "Supercalifragilistic",
      at: 'test("cuts a longer text at the end of a word"',
      comment: "The issue's rule for a word that does not fit has no test, and AGENTS.md asks for one for each rule.",
    },
  ],
  summary: `Adds \`truncate(text, max)\`, which shortens a passage at the end of a word.

- \`src/truncate.js\`: a text that fits comes back as it is; a longer one is cut at a word and ends with \`…\`.
- \`test/truncate.test.js\`: a test for each of these rules and for a limit below 1.
- \`README.md\`: documented beside \`wordCount\`.`,
  fixSummary: `The result is never longer than \`max\`, the \`…\` included.

- \`src/truncate.js\` keeps room for the ellipsis before it looks for the end of a word.
- \`test/truncate.test.js\` has the issue's example of a word that does not fit, and the smallest limit.`,
  approval:
    "truncate keeps to max in every case of the issue, a long first word and a limit of 1 included. " +
    "Every rule has a test, and the README documents it.",
};

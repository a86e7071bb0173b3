import type { DemoChange } from "./demo-change.ts";
import { slugifyIssue } from "./issues.ts";

const before = `  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")`;

const after = String.raw`  const slug = title
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")`;

const sourceWith = (cleaning: string) => `/**
 * Makes a readable part of a web address from a title: lower case, words joined by hyphens.
 * A title without any letter or digit gives "untitled".
 * @param {string} title
 * @returns {string}
 */
export function slugify(title) {
${cleaning}
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "untitled" : slug;
}
`;

const firstTest = `import assert from "node:assert/strict";
import { test } from "node:test";
import { slugify } from "../src/slugify.js";

test("joins words in lower case by hyphens", () => {
  assert.equal(slugify("Hello World"), "hello-world");
});

test("has one hyphen between words and none at the ends", () => {
  assert.equal(slugify("  Rock & Roll!  "), "rock-roll");
});

test("gives untitled for a title without letters or digits", () => {
  assert.equal(slugify("?!"), "untitled");
  assert.equal(slugify(""), "untitled");
});
`;

const accentTest = `
test("keeps the letter under an accent", () => {
  assert.equal(slugify("Crème brûlée"), "creme-brulee");
});
`;

/** `slugify(title)`: the first attempt turns a letter with an accent into a hyphen. */
export const slugifyChange: DemoChange = {
  name: "slugify",
  issue: slugifyIssue,
  titlePattern: /\bslugify\b/i,
  sourcePath: "src/slugify.js",
  testPath: "test/slugify.test.js",
  modelPaths: ["src/capitalize.js", "test/capitalize.test.js"],
  first: { source: sourceWith(before), test: firstTest },
  fixed: { source: sourceWith(after), test: firstTest + accentTest },
  edit: { before, after },
  readme: {
    heading: "## Titles",
    marker: "### `slugify(title)`",
    entry: `### \`slugify(title)\`

Makes a readable part of a web address: lower case, words joined by hyphens, accents dropped.
A title without any letter or digit gives \`untitled\`.

\`\`\`js
slugify("Hello World"); // "hello-world"
\`\`\`
`,
  },
  findings: [
    {
      path: "src/slugify.js",
      goneWhen: '.normalize("NFD")',
      at: '.replace(/[^a-z0-9]+/g, "-")',
      comment:
        'A letter with an accent is not in a-z, so it becomes a hyphen here: "Crème brûlée" gives "cr-me-br-l-e". ' +
        'The issue asks for "creme-brulee". Take the accents off before this line.',
    },
    {
      path: "test/slugify.test.js",
      goneWhen: "creme-brulee",
      at: 'test("has one hyphen between words and none at the ends"',
      comment: "The issue's row with accents has no test, and AGENTS.md asks for one for each example of the issue.",
    },
  ],
  summary: `Adds \`slugify(title)\`, which makes a readable part of a web address from a title.

- \`src/slugify.js\`: lower case, words joined by one hyphen, none at the ends; \`untitled\` when nothing is left.
- \`test/slugify.test.js\`: a test for each of these rules.
- \`README.md\`: documented beside \`capitalize\`.`,
  fixSummary: `Letters with accents keep their letter now.

- \`src/slugify.js\` decomposes the title (Unicode NFD) and drops the marks before anything else becomes a hyphen.
- \`test/slugify.test.js\` has the issue's example: \`Crème brûlée\` gives \`creme-brulee\`.`,
  approval:
    "slugify does what each row of the issue's table says, accents and empty titles included. " +
    "Every rule has a test, and the README documents it.",
};

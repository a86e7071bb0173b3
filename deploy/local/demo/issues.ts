import { fileURLToPath } from "node:url";

/** An issue that a person can file in the demo repository and that the scripted model has scenes for. */
export interface DemoIssue {
  /** One word that names it on the command line. */
  readonly key: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly labels: readonly string[];
  /** One sentence for a person who chooses an issue to file. */
  readonly description: string;
}

/** The repository that the local forge begins with: its name there, and the directory whose files are its first commit. */
export const demoRepository = {
  owner: "acme",
  name: "wordsmith",
  templateDirectory: fileURLToPath(new URL("repository", import.meta.url)),
} as const;

/** The issue of `npm run demo`. The scripted first attempt forgets the accents. */
export const slugifyIssue: DemoIssue = {
  key: "slugify",
  title: "Add slugify(title)",
  description: "A title becomes a part of a web address; the first attempt forgets the accents.",
  labels: ["agent-ready"],
  body: `Pages of the site need an address that people can read. Please add \`slugify(title)\` to the title functions.

## Behaviour

| title | slug |
| --- | --- |
| \`Hello World\` | \`hello-world\` |
| \`  Rock & Roll!  \` | \`rock-roll\` |
| \`Crème brûlée\` | \`creme-brulee\` |
| \`?!\` or nothing at all | \`untitled\` |

- Lower case, words joined by one hyphen, no hyphen at the beginning or at the end.
- Letters with accents keep their letter: \`è\` becomes \`e\`.
- A title without any letter or digit gives \`untitled\`, so that no page has an empty address.

## Done when

- \`src/slugify.js\` exports \`slugify\`, and each row of the table has a test.
- The README documents it beside \`capitalize\`.
`,
};

/** The issue that a person files while the rig runs. The scripted first attempt makes a long word too long. */
export const truncateIssue: DemoIssue = {
  key: "truncate",
  title: "Add truncate(text, max)",
  description: "A passage is shortened at a word; the first attempt forgets that a word can be longer than the limit.",
  labels: ["agent-ready"],
  body: `The list of articles shows the beginning of each one. Please add \`truncate(text, max)\` to the passage functions.

## Behaviour

- A text of at most \`max\` characters comes back as it is.
- A longer text is cut at the end of a word, and \`…\` is put after it: \`truncate("The quick brown fox", 12)\` gives \`The quick…\`.
- The result is never longer than \`max\` characters, the \`…\` included. A first word that does not fit is cut inside: \`truncate("Supercalifragilistic", 6)\` gives \`Super…\`.
- \`max\` below 1 throws a \`RangeError\`.

## Done when

- \`src/truncate.js\` exports \`truncate\`, and each rule has a test.
- The README documents it beside \`wordCount\`.
`,
};

/** Every issue that has scenes; the first is the one of `npm run demo`. */
export const demoIssues: readonly [DemoIssue, ...DemoIssue[]] = [slugifyIssue, truncateIssue];

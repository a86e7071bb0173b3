/** One file of the repository; `path` from its root, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One error as its docstring describes it. */
export interface ErrorEntry {
  readonly name: string;
  readonly kind: ErrorKind;
  readonly when: string;
  readonly whatToDo: string;
  readonly path: string;
}

/** What follows from an error, for each kind; the kind decides and nothing else. */
const consequences = {
  "business no":
    "An answer to decide on, not a fault. A service appends a fact that tells it (`RUN_FAILED`, `REVIEW_FAILED`, `MERGE_FAILED`, `ISSUE_NEEDS_HUMAN`) and acks the message; a local part answers its caller.",
  retryable:
    "The message is nak'ed and delivered again: after 1 s, 2 s, 4 s, … at most 60 s, or after the wait that the error names. Its 60th delivery makes it a dead letter. A part that is not handling a message starts again after 1 s.",
  poison:
    "The message is kept on the stream DLQ with its reason, then the server is told never to deliver it again. A projection parks the fact and goes on.",
  "refuses to start":
    "The process or command ends with exit code 1 and a message that says why and what to do. No message of the bus was touched.",
  defect:
    "A bug. In a service it is logged as `defect`, the process ends, its supervisor starts it again, and the server delivers the message again. Every error that has no row on this page is one.",
} as const;

type ErrorKind = keyof typeof consequences;
const kinds = Object.keys(consequences) as readonly ErrorKind[];

/** The errors that these files define, and what is wrong with their docstrings, one sentence each. */
export function readErrors(sources: readonly Source[]): {
  readonly entries: readonly ErrorEntry[];
  readonly faults: readonly string[];
} {
  const defined = definedIn(sources);
  const described = sources.flatMap(docstringsIn);
  const entries: ErrorEntry[] = [];
  const faults: string[] = [];
  for (const [name, [path = "", ...others]] of defined) {
    if (others.length > 0)
      faults.push(`${name} is defined in ${[path, ...others].join(" and ")}: give each error a name of its own.`);
    const docstring = described.find((each) => each.name === name);
    const [, when = "", kind = "", whatToDo = ""] = form.exec(docstring?.words ?? "") ?? [];
    if (isKind(kind)) entries.push({ name, kind, when, whatToDo, path: docstring?.path ?? path });
    else faults.push(`${path}: ${name} has no entry in docs/errors.md. ${mend}`);
  }
  for (const { path, name, words } of described) {
    if (words.includes("What to do:") && !defined.has(name))
      faults.push(
        `${path}: a docstring has "What to do:" but stands on no error. Take it out, or define the error there.`,
      );
  }
  return { entries, faults: [...faults, ...sources.flatMap(computedTags)] };
}

/** The table of all errors, docs/errors.md. */
export function errorTable(entries: readonly ErrorEntry[]): string {
  return [
    "<!-- Generated from the docstrings of the error classes by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Errors",
    "",
    "Every error that this repository defines, by its kind. The kind decides what happens to the message or to the process.",
    "What `npm run rig -- doctor` shows and what to do about a symptom stands in [operating.md](operating.md).",
    ...kinds.flatMap((kind) => ["", `## ${kind}`, "", consequences[kind], ...rowsOf(kind, entries)]),
    "",
  ].join("\n");
}

function rowsOf(kind: ErrorKind, entries: readonly ErrorEntry[]): readonly string[] {
  const rows = entries.filter((entry) => entry.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (rows.length === 0) return [];
  return [
    "",
    "| error | when | what to do | file |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ name, when, whatToDo, path }) =>
        `| \`${name}\` | ${when} | ${whatToDo.charAt(0).toUpperCase()}${whatToDo.slice(1)} | \`${path}\` |`,
    ),
  ];
}

const form = /^(.+?) Kind: ([a-z ]+)\. What to do: (.+)$/;
const mend = `Its docstring says when it happens, then "Kind: …." (${kinds.join(", ")}), then "What to do: …".`;

/**
 * The name of each error and the files that define it: a class that extends an error, a call of `TaggedError…` with its tag, or the `_tag` of a
 * plain object that is failed with.
 */
function definedIn(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  const code = sources.map(({ path, text }) => ({ path, text: text.replaceAll(comments, "") }));
  const found = new Map<string, readonly string[]>();
  const add = (name: string, path: string) => {
    const known = found.get(name) ?? [];
    if (!known.includes(path)) found.set(name, [...known, path]);
  };
  for (const { path, text } of code) {
    for (const [, tag = ""] of [...text.matchAll(tagLiterals), ...text.matchAll(taggedErrors)]) add(tag, path);
  }
  const classes = code.flatMap(({ path, text }) =>
    [...text.matchAll(/\bclass\s+(\w+\s+)?extends\s+([\w.]+)/g)].map(
      ([, name = "(a class without a name)", parent = ""]) => ({
        path,
        name: name.trim(),
        parent,
      }),
    ),
  );
  // As often as something was found: an error may extend another one of ours.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const { path, name, parent } of classes) {
      if (/Error\w*$/.test(parent) || found.has(parent)) add(name, path);
    }
  }
  return found;
}

const tagLiterals = /\b_tag:\s*"(\w+)"(?!\s*\|)/g;
/** `Data.TaggedError("Name")` and `Schema.TaggedError<Self>()("Name", …)`. */
const taggedErrors = /\bTaggedError\w*(?:<[^>]*>)?\(\s*(?:\)\s*\(\s*)?"(\w+)"/g;

/** Every `_tag` that is no literal: an error under such a tag has no name that this table could show. */
function computedTags({ path, text }: Source): readonly string[] {
  return [...text.replaceAll(comments, "").matchAll(/\b_tag:(?!\s*"\w+"(?!\s*\|))([^,;}\n]*)/g)].map(
    ([, tag = ""]) => `${path}: the _tag ${tag.trim()} is no literal. Write the name of one error in quotes.`,
  );
}

const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
/** A docstring, and the name of the class or interface that it stands on. */
const docstrings = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+)?(?:(?:class|interface)\s+(\w+))?/g;

function docstringsIn({ path, text }: Source): readonly { path: string; name: string; words: string }[] {
  return [...text.matchAll(docstrings)].map(([, words = "", name = ""]) => ({
    path,
    name,
    words: words
      .replaceAll(/^\s*\* ?/gm, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  }));
}

function isKind(kind: string): kind is ErrorKind {
  return kinds.some((known) => known === kind);
}

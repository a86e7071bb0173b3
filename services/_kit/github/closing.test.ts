import { describe, expect, test } from "vitest";
import { closedByBody, closedIssues } from "./closing.ts";

const at = { owner: "acme", repo: "shop" };

/** The numbers that a body closes for certain, and all that it may close. */
function numbers(body: string) {
  const { certain, possible } = closedByBody(body, at);
  return [certain.map(({ number }) => number), possible.map(({ number }) => number)];
}

describe("a closing line that nobody sees closes nothing", () => {
  test.each([
    ["in inline code", "`Closes #3`"],
    ["in inline code with more backticks", "``Closes `x` #3``"],
    ["with its reference in code", "Closes `#3`"],
    ["in a code block", "```\nCloses #3\n```"],
    ["in a code block that never ends", "```\nCloses #3"],
    ["in a code block of tildes", "~~~ts\nCloses #3\n~~~"],
    ["in an indented code block", "Text\n\n    Closes #3"],
    ["in a code block in a list", "- item\n\n  ```\n  Closes #3\n  ```"],
    ["in a comment", "<!-- Closes #3 -->"],
    ["in a comment over several lines", "<!--\nCloses #3\n-->"],
    ["in a comment in a line", "See <!-- Closes #3 --> here"],
    ["in the text of an image", "![Closes #3](x.png)"],
    ["in the title of a link", '[see](x "Closes #3")'],
    ["divided by a paragraph", "Closes\n\n#3"],
  ])("%s", (_, body) => {
    expect(numbers(body)).toEqual([[], []]);
  });
});

describe("a closing line that may be hidden, or may be read by GitHub, is not certain", () => {
  test.each([
    ["in a quotation", "> Closes #3"],
    ["in a link", "[Closes #3](https://example.com)"],
    ["in HTML", "<b>Closes #3</b>"],
    ["in a block of HTML", "<div>\nCloses #3\n</div>"],
    ["below a comment that never ends in a quotation", "> <!-- hidden\n\nCloses #3"],
    ["below an element that never ends", "<code>\n\nCloses #3"],
    ["below an opened fold", "<details>\n\nCloses #3"],
    ["in a comment that not every reader ends there", "<!--> Closes #3 -->"],
    ["in a comment with two hyphens inside", "See <!-- a -- Closes #3 --> here"],
  ])("%s", (_, body) => {
    expect(numbers(body)).toEqual([[], [3]]);
  });
});

describe("a closing line that everybody sees is certain", () => {
  test.each([
    ["as a line", "Closes #3"],
    ["in a list", "- Closes #3"],
    ["in a heading", "## Fixes #3"],
    ["in bold letters", "**Closes #3**"],
    ["over a line break", "Closes\n#3"],
    ["with an escaped sign", "Closes \\#3"],
    ["with the sign as an entity", "Closes &#35;3"],
    ["as a link", "Closes https://github.com/acme/shop/issues/3"],
    ["in a footnote", "Text[^1]\n\n[^1]: Closes #3"],
    ["below a template's comment", "<!-- Say what you did. -->\n\nCloses #3"],
    ["above an open comment", "Closes #3\n\n<!-- and nothing after it"],
    ["below code", "```\nx\n```\nCloses #3"],
  ])("%s", (_, body) => {
    expect(numbers(body)).toEqual([[3], [3]]);
  });
});

test("an issue of another repository is named, and is none of this one", () => {
  const body = "Closes #3, fixes acme/other#4 and closes https://github.com/evil/shop/issues/5";
  expect(closedByBody(body, at).possible).toEqual([
    { ...at, number: 3 },
    { owner: "acme", repo: "other", number: 4 },
    { owner: "evil", repo: "shop", number: 5 },
  ]);
  expect(closedIssues(body, at)).toEqual([3]);
  expect(closedIssues(null, at)).toEqual([]);
});

test.each([
  ["deep quotations", `${"> ".repeat(300)}Closes #3`],
  ["deep lists", `${"- ".repeat(300)}Closes #3`],
  ["deep emphasis", `${"*a _b ".repeat(100)} Closes #3 ${"_ *".repeat(100)}`],
  ["many brackets", `${"[a](".repeat(200)} Closes #3`],
])("a reference in %s may close, whatever the parser leaves out", (_, body) => {
  expect(numbers(body)[1]).toEqual([3]);
});

test("a table's cells are divided before their code, as on GitHub", () => {
  expect(numbers("| a | b |\n| - | - |\n| ` | Closes #3 ` |")).toEqual([[3], [3]]);
});

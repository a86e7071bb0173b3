import { describe, expect, it } from "vitest";
import { closedIssues, spokenText } from "./closing.ts";
import type { ForgeContext } from "./context.ts";
import type { RepositoryRecord } from "./records.ts";

/** A repository with the issues 1 to 9. */
const named = (name: string) =>
  ({ name, issues: Array.from({ length: 9 }, (_, index) => ({ number: index + 1, pull: null })) }) as RepositoryRecord;
const others = { findRepository: (owner: string, repo: string) => named(`${owner}/${repo}`) };

/** The issues that a text in the repository `own` closes. */
const closed = (text: string) =>
  closedIssues({ store: others } as ForgeContext, named("own"), text).map(
    ({ home, issue }) => `${home.name}#${issue.number}`,
  );

describe("closing words", () => {
  it("close the issue after the word, each once", () => {
    expect(closed("Closes #1, fixes: #2\nResolved #3 and closes #1")).toEqual(["own#1", "own#2", "own#3"]);
  });

  it("close an issue by every name that GitHub reads", () => {
    const text = "fixes GH-4. Closes acme/shop#5; resolves https://github.com/acme/shop.js/issues/6!";
    expect(closed(text)).toEqual(["own#4", "acme/shop#5", "acme/shop.js#6"]);
  });

  it("close nothing for a mere mention or a longer word", () => {
    expect(closed("See #1. Encloses #2. Closes 3. Closes#4")).toEqual([]);
  });

  it.each([
    ["a comment", "<!-- closes #1 -->"],
    ["a comment without an end", "<!-- closes #1"],
    ["a block of code", "```\ncloses #1\n```"],
    ["a block of code without an end", "~~~js\ncloses #1"],
    ["code in a line", "`closes #1` and ``fixes #2``"],
  ])("close nothing in %s", (_where, body) => {
    expect(closed(spokenText(body))).toEqual([]);
  });

  it("close what stands beside code", () => {
    expect(closed(spokenText("`x` closes #1\n```\n```\nfixes #2"))).toEqual(["own#1", "own#2"]);
    expect(closed(spokenText(null))).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { closingReferences, spokenText } from "./closing.ts";

const own = (number: number) => ({ owner: null, repo: null, number });

describe("closing words", () => {
  it("close the issue after the word, each once", () => {
    expect(closingReferences("Closes #1, fixes: #2\nResolved #3 and closes #1")).toEqual([own(1), own(2), own(3)]);
  });

  it("close an issue by every name that GitHub reads", () => {
    const text = "fixes GH-4. Closes acme/shop#5; resolves https://github.com/acme/shop.js/issues/6!";
    expect(closingReferences(text)).toEqual([
      own(4),
      { owner: "acme", repo: "shop", number: 5 },
      { owner: "acme", repo: "shop.js", number: 6 },
    ]);
  });

  it("close nothing for a mere mention or a longer word", () => {
    expect(closingReferences("See #1. Encloses #2. Closes 3. Closes#4")).toEqual([]);
  });

  it.each([
    ["a comment", "<!-- closes #1 -->"],
    ["a comment without an end", "<!-- closes #1"],
    ["a block of code", "```\ncloses #1\n```"],
    ["a block of code without an end", "~~~js\ncloses #1"],
    ["code in a line", "`closes #1` and ``fixes #2``"],
  ])("close nothing in %s", (_where, body) => {
    expect(closingReferences(spokenText(body))).toEqual([]);
  });

  it("close what stands beside code", () => {
    expect(closingReferences(spokenText("`x` closes #1\n```\n```\nfixes #2"))).toEqual([own(1), own(2)]);
    expect(closingReferences(spokenText(null))).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closedByText, closingNothing } from "./closing.ts";

const at = { owner: "acme", repo: "shop" };
const ours = (...numbers: readonly number[]) => numbers.map((number) => ({ ...at, number }));
const keywords = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

describe("what a text closes", () => {
  test.each(keywords)("%s #N closes the issue, in any case and with a colon", (word) => {
    for (const form of [word, word.toUpperCase(), `${word}:`, `${word} :`])
      expect(closedByText(`${form} #12`, at)).toEqual(ours(12));
  });

  test.each([
    ["a link to an issue", "Fixes https://github.com/acme/shop/issues/9"],
    ["a link to a comment of it", "Fixes https://github.com/acme/shop/issues/9#issuecomment-123"],
    ["a link with a question", "fixes http://github.com/acme/shop/issues/9?a=b."],
    ["a link to a pull request", "closes https://github.com/acme/shop/pull/9/files"],
    ["a link of GitHub Enterprise Server", "closes https://git.acme.test/Acme/Shop/issues/9"],
    ["the repository's own name", "Closes acme/shop#9"],
    ["its name in other letters", "Closes ACME/Shop#9"],
    ["GH-N", "Closes GH-9"],
    ["gh-n", "closes: gh-9"],
    ["a keyword at the end of a line", "Closes\n#9"],
    ["a sentence that denies it", "This does not close #9."],
    ["a keyword behind a hyphen", "auto-close #9"],
  ])("%s", (_, text) => {
    expect(closedByText(text, at)).toEqual(ours(9));
  });

  test.each([
    ["another repository", "Closes acme/other#3", "acme", "other"],
    ["another owner's repository of that name", "fixes evil/shop#3", "evil", "shop"],
    ["a link to another repository", "resolved https://github.com/evil/tool.js/issues/3", "evil", "tool.js"],
  ])("an issue of %s is named as such", (_, text, owner, repo) => {
    expect(closedByText(text, at)).toEqual([{ owner, repo, number: 3 }]);
  });

  test.each([
    ["no keyword", "See #3, acme/shop#3, GH-3 and https://github.com/acme/shop/issues/3"],
    ["a word that ends with a keyword", "This discloses #1 and prefixes #2"],
    ["no space", "Closes#3"],
    ["no number sign", "Closes 3"],
    ["issue zero", "Closes #0"],
    ["a number that is none of GitHub's", "Closes #12345678901"],
    ["a word after the number", "Closes #3rd"],
    ["a link to something else", "Fixes https://github.com/acme/shop/commit/3"],
  ])("%s closes nothing", (_, text) => {
    expect(closedByText(text, at)).toEqual([]);
  });

  test("several issues are closed in their order, each once, and one keyword counts for one issue", () => {
    expect(closedByText("Fixes #9, closes #2, #3\n\nresolved: GH-9. Closes\nacme/shop#4", at)).toEqual(ours(9, 2, 4));
  });
});

const pieces = [...keywords, ":", " ", "\n", "#7", "acme/other#8", "GH-9", "gh-2", "`", "-", "*", "http"];
const links = ["https://github.com/acme/shop/issues/1", "http://x/a/b/pull/2#c"];
const words = fc
  .array(fc.oneof(fc.constantFrom(...pieces, ...links), fc.string({ maxLength: 3 })), { maxLength: 14 })
  .map((each) => each.join(""));

test("text of others is made to close nothing, whatever it says, and stays as it is where it is harmless", () => {
  fc.assert(
    fc.property(words, (text) => {
      const harmless = closingNothing(text);
      expect(closedByText(harmless, at)).toEqual([]);
      expect(closingNothing(harmless)).toBe(harmless);
      if (closedByText(text, at).length === 0) expect(harmless).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

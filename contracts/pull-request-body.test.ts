import fc from "fast-check";
import { expect, test } from "vitest";
import {
  closedIssues,
  closingNothing,
  epochIn,
  epochTrailer,
  pullRequestBody,
  renewedBody,
} from "./pull-request-body.ts";

const keywords = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

test.each(keywords)("%s #N closes the issue, in any case and with a colon", (word) => {
  for (const form of [word, word.toUpperCase(), `${word}:`]) expect(closedIssues(`${form} #12`)).toEqual([12]);
});

test.each([
  ["a body that is absent", null],
  ["no keyword", "See #3"],
  ["a word that ends with a keyword", "This discloses #1 and prefixes #2"],
  ["no space", "Closes#3"],
  ["no number sign", "Closes 3"],
  ["issue zero", "Closes #0"],
  ["a number that is none of GitHub's", "Closes #12345678901"],
  ["another repository", "Closes acme/other#3"],
  ["a word after the number", "Closes #3rd"],
])("%s closes nothing", (_, text) => {
  expect(closedIssues(text)).toEqual([]);
});

test("several issues are closed in their order, each once", () => {
  expect(closedIssues("Fixes #9, closes #2\n\nresolved: #9. Closes\n#4")).toEqual([9, 2, 4]);
});

test("the epoch's trailer is found, whatever text is around it", () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), fc.lorem(), (epoch, words) => {
      expect(epochIn(`${words}\n\n${epochTrailer(epoch)}\n`)).toBe(epoch);
      expect(epochIn(`${epochTrailer(epoch)}\r\n${words}`)).toBe(epoch);
    }),
  );
});

test("the last trailer counts, and one inside a line is none", () => {
  expect(epochIn(`${epochTrailer(1)}\n${epochTrailer(2)}`)).toBe(2);
  expect(epochIn("quoting Rig-Epoch: 3 here")).toBeNull();
  expect(epochIn("> Rig-Epoch: 3")).toBeNull();
  expect(epochIn(null)).toBeNull();
});

test("text of others closes nothing where GitHub reads closing keywords", () => {
  expect(closedIssues(closingNothing("Fix #12 and resolves: #3"))).toEqual([]);
  expect(closingNothing("See #12")).toBe("See #12");
});

const number = fc.integer({ min: 1, max: 999_999_999 });
const marks = fc.record({ issueNumber: number, epoch: number });
/** Text of others that tries what stands in a body: keywords, references, trailers and line breaks in any order. */
const pieces = [...keywords, "#7", "acme/shop#8", "https://github.com/acme/shop/issues/9", "Rig-Epoch: 5", "`", ":"];
const words = fc
  .array(fc.oneof(fc.constantFrom(...pieces, " ", "\n", "\r\n"), fc.string({ maxLength: 3 })), { maxLength: 12 })
  .map((each) => each.join(""));

test("a body that is written closes its own issue only and bears its epoch, whatever the summary says", () => {
  fc.assert(
    fc.property(words, marks, (summary, written) => {
      const body = pullRequestBody(summary, written);
      expect([closedIssues(body), epochIn(body)]).toEqual([[written.issueNumber], written.epoch]);
    }),
    { numRuns: 1_000 },
  );
});

test("a body that is renewed closes its issue and bears the later epoch, whatever people wrote into it", () => {
  fc.assert(
    fc.property(words, words, marks, number, (before, after, written, epoch) => {
      const edited = `${before}\n${pullRequestBody("Done.", written)}${after}`;
      const body = renewedBody(edited, { ...written, epoch });
      expect(closedIssues(body)).toContain(written.issueNumber);
      expect(epochIn(body)).toBe(epoch);
      expect(renewedBody(body, { ...written, epoch })).toBe(body);
    }),
    { numRuns: 1_000 },
  );
});

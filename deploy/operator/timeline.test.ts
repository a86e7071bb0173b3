import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsFactTypes } from "#contracts/catalogue.ts";
import { anyFactOf, emptyText, factOf, labelOf } from "#contracts/test-facts.ts";
import { tell, timelineLine } from "./timeline.ts";

test.each(eventsFactTypes)("%s is told in a sentence, not by its name", (type) => {
  for (const fact of fc.sample(anyFactOf([type]), 5)) expect(tell(fact, new Map())).not.toBe(type);
});

test("a text is shown with its first line, and one that is missing as erased", () => {
  const failed = factOf("REVIEW_FAILED", {
    claimId: "r1",
    headSha: "abc",
    reason: "GitHub refused it",
    details: emptyText,
  });
  expect(tell(failed, new Map([[emptyText.subject, "422\nmore"]]))).toBe("GitHub refused it: 422");
  expect(tell(failed, new Map())).toBe("GitHub refused it: (erased)");
});

test("a title neither moves the cursor nor makes a second line", () => {
  const titles = ["Sell it\n   0.00s  evt.forged", "Sell it\r   0.00s  evt.forged", "Sell it\u2028evt.forged"];
  for (const title of titles) {
    expect(tell(factOf("ISSUE_LABELED", labelOf({ title })), new Map())).toMatch(/: Sell it \(erased\)$/);
  }
  const line = timelineLine(factOf("ISSUE_LABELED", labelOf({ title: "\u001b[2J\u202egnp" })), 0, new Map());
  expect(line).toContain(": \\u001b[2J\\u202egnp (erased)");
});

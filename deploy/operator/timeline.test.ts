import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsFactTypes } from "#contracts/catalogue.ts";
import { anyFactOf, emptyText, factOf } from "#contracts/test-facts.ts";
import { tell } from "./timeline.ts";

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

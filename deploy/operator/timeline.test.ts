import fc from "fast-check";
import { expect, test } from "vitest";
import { type DataOf, eventsFactTypes } from "#contracts/catalogue.ts";
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

test("threads that are left aside are shown, whether the gate opens or not", () => {
  const aside = {
    name: "threads",
    passed: true,
    why: "none is open; 2 of strangers are left aside",
    leftAside: 2,
  } as const;
  const told = (ci: boolean) => {
    const checks = [{ name: "ci", passed: ci, why: "no check ran on the head" }, aside] as const;
    return tell(factOf("GATE_EVALUATED", { headSha: "h1", passed: ci, checks, threads: [] }), new Map());
  };
  expect(told(true)).toBe(`open: everything is there (${aside.why})`);
  expect(told(false)).toBe(`held: no check ran on the head (${aside.why})`);
});

test("a verdict in shadow says that nothing follows from it", () => {
  const evaluated = { headSha: "h1", passed: true, checks: [], threads: [] };
  const told = (more: object) => tell(factOf("GATE_EVALUATED", { ...evaluated, ...more }), new Map());
  expect(told({ shadow: true })).toBe("open: everything is there (in shadow: nothing follows)");
  expect(told({})).toBe("open: everything is there");
});

test("who deleted a comment is told, where it is not its author", () => {
  const comment = { commentId: 7, author: "sam", action: "deleted", body: null, where: "diff" } as const;
  const told = (login: string) =>
    tell(factOf("PR_COMMENTED", { ...comment, deletedBy: { login, type: "User" } }), new Map());
  expect(told("rig-dev-e[bot]")).toBe("rig-dev-e[bot] deleted a comment of sam");
  expect(told("sam")).toBe("sam deleted a comment");
});

const howToGoOn =
  "To let the rig go on, take the label agent-ready off and set it again; or merge the change yourself.";
const again = "take the label agent-ready off and set it again";
const long = `#9 is held since noon (draft): ${"the pull request is a draft ".repeat(12)}`.trim();

test.each([
  ["the fix changed nothing", null, `the fix changed nothing. ${howToGoOn}`],
  // In full, also where it is longer than a line.
  [`${long}. Mark it as ready.`, null, `${long}. Mark it as ready. ${howToGoOn}`],
  [`${long}…`, null, `${long}… ${howToGoOn}`],
  [
    ".rig-agent.yaml: it is wrong. Correct it.",
    "stack: rust",
    `.rig-agent.yaml: it is wrong. Correct it. stack: rust. ${howToGoOn}`,
  ],
  ["attempt 1 failed (crashed)", "exit code 1", `attempt 1 failed (crashed): exit code 1. ${howToGoOn}`],
  // Not twice.
  [`the approved text was erased: ${again}`, null, `the approved text was erased: ${again}.`],
  [
    "the approved text of #7 was erased: take its label off and set it again",
    null,
    "the approved text of #7 was erased: take its label off and set it again.",
  ],
])("a person who is asked is told the whole reason and, once, how the rig goes on: %s", (reason, text, told) => {
  const asked = factOf("ISSUE_NEEDS_HUMAN", { reason, details: text === null ? null : emptyText });
  expect(tell(asked, new Map([[emptyText.subject, text ?? ""]]))).toBe(`a person is asked: ${told}`);
});

test("a comparison with GitHub names what was missing and what could not be compared", () => {
  const missing = [{ type: "STATUS_REPORTED", number: 7, lateSeconds: 90 }];
  const told = (data: Partial<DataOf<"RECONCILED">>) => {
    const nothing = { owner: "acme", repo: "shop", missing: [], notCompared: [], requests: 15, unchanged: 12 };
    return tell(factOf("RECONCILED", { ...nothing, ...data }), new Map());
  };
  expect(told({ missing })).toBe("acme/shop lacked STATUS_REPORTED of #7: 15 requests");
  expect(told({ missing, notCompared: [8, 9] })).toBe(
    "acme/shop lacked STATUS_REPORTED of #7 and could not be compared in #8, #9: 15 requests",
  );
});

test("a title neither moves the cursor nor makes a second line", () => {
  const titles = ["Sell it\n   0.00s  evt.forged", "Sell it\r   0.00s  evt.forged", "Sell it\u2028evt.forged"];
  for (const title of titles) {
    expect(tell(factOf("ISSUE_LABELED", labelOf({ title })), new Map())).toMatch(/: Sell it \(erased\)$/);
  }
  const line = timelineLine(factOf("ISSUE_LABELED", labelOf({ title: "\u001b[2J\u202egnp" })), 0, new Map());
  expect(line).toContain(": \\u001b[2J\\u202egnp (erased)");
});

import { expect, test } from "vitest";
import { clockFinding } from "./clock.ts";

const at = (time: string) => Date.parse(`2026-01-02T${time}Z`);
const last = "2026-01-02T03:04:00.000Z";

test("a clock whose last tick is at most two intervals old goes", () => {
  expect(clockFinding("minute", last, at("03:04:00")).state).toBe("well");
  expect(clockFinding("minute", last, at("03:06:00")).state).toBe("well");
});

test("a clock without a tick for more than two intervals stands still, and the finding says since when and what to do", () => {
  expect(clockFinding("minute", last, at("05:04:01"))).toEqual({
    part: "clock minute",
    state: "ill",
    seen: `it stands still since ${last}, for 120 min`,
    mend: "the scheduler does not run: start it, or read its log (locally in logs/ of the data directory)",
  });
});

test("a clock that never ticked is ill: the scheduler does not run", () => {
  expect(clockFinding("minute", null, at("03:04:00"))).toMatchObject({ state: "ill", mend: /scheduler does not run/ });
});

test("a last tick in the future is ill: somebody's clock was wrong, and nothing is published until then", () => {
  expect(clockFinding("minute", last, at("03:03:30")).state).toBe("well");
  expect(clockFinding("minute", last, at("02:00:00"))).toMatchObject({ state: "ill", seen: /lies in the future/ });
});

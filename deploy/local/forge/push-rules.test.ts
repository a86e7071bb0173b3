import { describe, expect, it } from "vitest";
import { movesIn } from "./push-rules.ts";

const [a, b] = ["a".repeat(40), "b".repeat(40)];
const line = (text: string): string => (text.length + 4).toString(16).padStart(4, "0") + text;

describe("the refs that a push moves", () => {
  it("are read up to the flush, with what git can do after the first one left out", () => {
    const lines = [
      line(`${a} ${b} refs/heads/main\0 report-status side-band-64k\n`),
      line(`${b} ${a} refs/heads/x y\n`),
    ];
    const body = Buffer.concat([Buffer.from(`${lines.join("")}0000`), Buffer.from(line(`${a} ${b} refs/heads/pack`))]);
    expect(movesIn(body)).toEqual([
      { ref: "refs/heads/main", before: a, after: b },
      { ref: "refs/heads/x", before: b, after: a },
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a length that is none", "zzzz"],
    ["a length that is too small", "0003"],
    ["a line without a ref", line(`${a} ${b}`)],
  ])("are none in %s", (_what, text) => {
    expect(movesIn(Buffer.from(text))).toEqual([]);
  });
});

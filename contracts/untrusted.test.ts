import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oneLine, untrusted } from "./untrusted.ts";

const pieces = fc.constantFrom(
  "</untrusted>",
  "<untrusted",
  "</UnTrusted >",
  "<",
  "/",
  "untrusted",
  ">",
  " ",
  "\n",
  "x",
);
const hostile = fc
  .array(fc.oneof(pieces, fc.string({ unit: "grapheme" })), { maxLength: 20 })
  .map((all) => all.join(""));

describe("untrusted text", () => {
  test("is enclosed in tags that name its source", () => {
    expect(untrusted("issue", "Fix it.")).toBe('<untrusted source="issue">\nFix it.\n</untrusted>');
  });

  test("cannot open or close a tag of its own, whatever it contains", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = untrusted("diff", text).split("\n");
        expect([lines[0], lines.at(-1)]).toEqual(['<untrusted source="diff">', "</untrusted>"]);
        expect(lines.slice(1, -1).join("\n")).not.toMatch(/<\/?untrusted/i);
      }),
    );
  });

  test("stays readable where it is harmless", () => {
    const code = "if (a < b && c > d) { return '<b>'; }";
    expect(untrusted("diff", code)).toContain(code);
  });
});

test("text on one line has no line break of any kind", () => {
  expect(oneLine("  a\r\n\n b\tc\u2028d\u2029e\u0085f ")).not.toMatch(/[\r\n\u2028\u2029]/);
  expect(oneLine("  a\r\n\n b\tc ")).toBe("a b c");
});

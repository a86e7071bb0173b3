import { describe, expect, test } from "vitest";
import { importViolations } from "./import-law.ts";

/** The violations of one file. */
function lawOn(path: string, text: string): readonly string[] {
  const found = importViolations([{ path, text }], { dependencies: [], devDependencies: [] });
  return found.filter((violation) => violation.startsWith(`${path}:`));
}

describe("the clock, randomness and the outside", () => {
  test.each([
    ["Date.now()", "Date.now"],
    ["({ now } = Date)", "Date"],
    ["({ env } = process)", "process"],
    ["[Date, 1]", "Date"],
    ["Date()", "Date()"],
    ['Date["now"]()', 'Date["now"]'],
    ["new Date(...nothing)", "new Date(...nothing)"],
    ["({ random } = Math)", "Math"],
    ["({ fetch })", "fetch"],
  ])("are not used in decide.ts and contracts/ as %s", (code, named) => {
    const text = `export const now = () => ${code};`;
    const mend = "It is pure: take the value from the event, or do this in work.ts.";
    expect(lawOn("services/dev-e/decide.ts", text)).toEqual([
      `services/dev-e/decide.ts:1: decide.ts uses ${named}. ${mend}`,
    ]);
    expect(lawOn("contracts/labels.ts", text)).toEqual([`contracts/labels.ts:1: contracts/ uses ${named}. ${mend}`]);
    expect(lawOn("contracts/labels.test.ts", text)).toEqual([]);
  });

  test("may be the name of a type or a field, and a time that is given may be read", () => {
    const text = `interface Seen { readonly process: string; readonly at: Date }
      export const late = ({ at }: Seen) => ({ fetch: Date.parse("2026") + Date.UTC(2026), Date: at, max: Math.max(1) }).fetch;
      export const read = (text: string) => new Date(text).toISOString();`;
    expect(lawOn("services/dev-e/decide.ts", text)).toEqual([]);
  });
});

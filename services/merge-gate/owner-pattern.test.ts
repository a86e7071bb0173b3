import fc from "fast-check";
import { expect, test } from "vitest";
import { fits } from "./owner-pattern.ts";

const isSame = (one: string, other: string) => one === other;
const parts = (maxLength: number) => fc.array(fc.constantFrom("a", "b"), { maxLength });
const wanted = (maxLength: number) => fc.array(fc.constantFrom("a", "b", "many"), { maxLength });

/** The definition: slow, and plain. */
function fitsBySplitting(all: readonly string[], of: readonly string[]): boolean {
  const [first, ...rest] = all;
  if (first === undefined) return of.length === 0;
  if (first === "many")
    return Array.from({ length: of.length + 1 }, (_, at) => of.slice(at)).some((each) => fitsBySplitting(rest, each));
  return of.length > 0 && first === of[0] && fitsBySplitting(rest, of.slice(1));
}

test("a pattern fits what its definition says", () => {
  fc.assert(
    fc.property(wanted(7), parts(7), (all, of) => {
      expect(fits(all, of, isSame)).toBe(fitsBySplitting(all, of));
    }),
    { numRuns: 5_000 },
  );
});

test("no pair of a wanted part and a part is compared twice, so that no pattern and path make it long", () => {
  const hard = fc.tuple(fc.nat(100), fc.nat(200)).map(([stars, length]) => ({
    all: [...Array.from({ length: stars }, () => ["many", "a"]).flat(), "b"],
    of: Array.from({ length }, () => "a"),
  }));
  const any = fc.record({ all: wanted(200), of: parts(200) });
  fc.assert(
    fc.property(fc.oneof(hard, any), ({ all, of }) => {
      let compared = 0;
      fits(all, of, (one, other) => {
        compared += 1;
        return one === other;
      });
      expect(compared).toBeLessThanOrEqual(all.length * of.length);
    }),
    { numRuns: 500 },
  );
});

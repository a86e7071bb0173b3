import { expect, test } from "vitest";
import { factTypes, families } from "./catalogue.ts";

test("the catalogue has every fact of every family once, in the order of the families", () => {
  expect(factTypes).toEqual(Object.values(families).flatMap((family) => Object.keys(family)));
});

import { expect, test } from "vitest";
import { catalogue, factTypes, families } from "./catalogue.ts";
import { rowNames, rowOf } from "./choreography.ts";

test("the catalogue has every fact of every family once, in the order of the families", () => {
  expect(factTypes).toEqual(Object.values(families).flatMap((family) => Object.keys(family)));
});

test("every fact that an agent publishes bears the id of its claim", () => {
  const agents = rowNames.map(rowOf).filter(({ claims }) => claims.length > 0);
  const types = agents.flatMap(({ publishes }) => publishes);
  expect(types.filter((type) => !("claimId" in catalogue[type].data.fields))).toEqual([]);
  expect(types).toContain("RUN_FAILED");
});

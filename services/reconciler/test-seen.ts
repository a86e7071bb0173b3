import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { factOf } from "#contracts/test-facts.ts";

/** The repository of the tests, as a delivery names it. */
export const repository = { name: "widgets", owner: { login: "acme" }, default_branch: "main" };

/** The moment at which things happen in the tests, in the form of GitHub's times. */
export const noon = "2026-01-02T12:00:00Z";

/** So many minutes after noon. */
export const at = (minutes: number) =>
  new Date(Date.parse(noon) + minutes * 60_000).toISOString().replace(".000Z", "Z");

/** A fact that the rig has, each with an id of its own. */
export const fact = <Type extends FactType>(type: Type, data: DataOf<Type>, minutes = 0) =>
  factOf(type, data, { id: `${type} ${JSON.stringify(data)}`, occurredAt: at(minutes) });

/** The types of what is missing. */
export const typesOf = (missing: readonly { readonly draft: { readonly type: string } }[]) =>
  missing.map(({ draft }) => draft.type);

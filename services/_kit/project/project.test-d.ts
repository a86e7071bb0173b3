// `tsc -p .` checks this file and nothing runs it. Each line under @ts-expect-error must not compile.
import type { Consumes, Publishes } from "#contracts/choreography.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import { projectFacts } from "./project.ts";
import type { Projection } from "./projection.ts";

type Of<Name extends "merge-gate" | "status"> = Projection<ProjectionTables, Consumes<Name>, Publishes<Name>>;
declare const rest: Omit<Of<"merge-gate">, "apply" | "factsAfter">;
declare const bypass: Publishes<"merge-gate"> & { readonly type: "ADMIN_BYPASS_DETECTED" };
declare const foreign: Publishes<"dispatcher"> & { readonly type: "ISSUE_APPROVED" };

// `merge-gate` is an example of a row that consumes and publishes: a projection must keep to both lists of its row.
projectFacts("merge-gate", {
  ...rest,
  apply: async (_, fact) => {
    // @ts-expect-error a fact that the row does not consume never reaches apply
    if (fact.type === "ISSUE_LABELED") return;
    if (fact.type === "PR_SYNCHRONIZED") void fact.data.prevSha;
  },
  factsAfter: async () => [bypass],
});
projectFacts("merge-gate", {
  ...rest,
  apply: async () => undefined,
  // @ts-expect-error a fact of another row cannot be published
  factsAfter: async () => [foreign],
});
declare const silent: Omit<Of<"status">, "factsAfter">;
// @ts-expect-error status publishes nothing
projectFacts("status", { ...silent, factsAfter: async () => [bypass] });

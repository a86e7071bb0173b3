import type { HeadTold } from "#kit/github/head-checks.ts";

// What GitHub shows of the gate's verdict on a head.

/** The gate's check run or commit status on a head, and the mark of the verdict that it shows. `id`: of the check run; null for a status. */
export type ShownVerdict = Pick<HeadTold["verdicts"][number], "kind" | "id" | "mark">;

/** What came of posting a verdict: it stands there; it has to be posted again; or GitHub refuses a check run, and what stands in its place. */
export type Posted = "shown" | "later" | { readonly reason: string; readonly instead: "status" | "nothing" };

/** The verdict of the gate with this login, as GraphQL told of the head: its newest check run, else its commit status; null where it shows neither. */
export function verdictIn({ verdicts }: Pick<HeadTold, "verdicts">, login: string): ShownVerdict | null {
  const own = verdicts.filter(({ kind, by }) => (kind === "run" ? isOwnApp(by, login) : by === login));
  const runs = own.filter(({ kind }) => kind === "run").toSorted((one, other) => (one.id ?? 0) - (other.id ?? 0));
  return runs.at(-1) ?? own[0] ?? null;
}

/** The login of an App is its slug and `[bot]`. */
export function isOwnApp(slug: string | undefined, login: string): boolean {
  return slug !== undefined && `${slug}[bot]` === login;
}

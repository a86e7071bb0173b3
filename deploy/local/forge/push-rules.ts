import type { ForgeContext } from "./context.ts";
import { zeroSha } from "./git/git.ts";
import { checkRefusals } from "./merge-standing.ts";
import type { RepositoryRecord } from "./records.ts";
import { type Demands, demandsOn, passes } from "./rules.ts";

/** One line of a push: a ref that moves. */
export interface RefMove {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** Reads the moves that a push asks for, from the begin of its body (https://git-scm.com/docs/gitprotocol-pack#_reference_update_request_and_packfile_transfer). */
export function movesIn(body: Buffer): RefMove[] {
  const moves: RefMove[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString("latin1", at, at + 4), 16);
    // 0000 ends the list; what is no length is no list.
    if (!(length > 4)) break;
    const line = body.toString("utf8", at + 4, at + length).split("\0")[0] ?? "";
    const [before = "", after = "", ref = ""] = line.trimEnd().split(" ");
    if (ref !== "") moves.push({ ref, before, after });
    at += length;
  }
  return moves;
}

/**
 * What the rules say to the direct push of a ref: `free`, `forward` or `refused` with the reason in GitHub's words. Whether a push is forced is
 * seen only once its commits are there: `forward` says that it must not be.
 */
export function pushVerdict(context: ForgeContext, repository: RepositoryRecord, login: string, move: RefMove): string {
  const branch = move.ref.replace(/^refs\/heads\//, "");
  if (branch === move.ref) return "free";
  const demands = demandsOn(repository, branch).filter(
    (each) => !passes(context, repository, each, { login, way: "push" }),
  );
  const reason = refusalOf(repository, demands, move);
  if (reason !== null) return `refused ${reason}`;
  return move.before !== zeroSha && demands.some((each) => each.nonFastForward) ? "forward" : "free";
}

function refusalOf(repository: RepositoryRecord, demands: readonly Demands[], move: RefMove): string | null {
  const has = (what: (each: Demands) => boolean): boolean => demands.some(what);
  if (move.after === zeroSha) return has((each) => each.deletion) ? "Cannot delete this protected branch." : null;
  if (move.before === zeroSha && has((each) => each.creation))
    return "Cannot create ref due to creations being restricted.";
  if (move.before !== zeroSha && has((each) => each.update)) return "Cannot update this protected ref.";
  if (has((each) => each.reviews !== null)) return "Changes must be made through a pull request.";
  return demands.flatMap((each) => [...each.unmet, ...checkRefusals(repository, move.after, each)])[0] ?? null;
}

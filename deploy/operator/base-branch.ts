import type { Finding } from "./finding.ts";

/** GitHub's answer to one question, or the status with which it answered none; 0 when it did not answer at all. */
export type Asked<A> = { readonly answer: A } | { readonly status: number };

/** Whom a ruleset lets bypass its rules (https://docs.github.com/rest/repos/rules). */
export interface BypassActor {
  readonly actor_type: string;
  readonly actor_id?: number | null | undefined;
}

/** One ruleset with or without the rule `update`. */
export interface Ruleset {
  readonly name: string;
  readonly enforcement: string;
  readonly restrictsUpdates: boolean;
  /** Undefined when GitHub does not show it: only those who may edit the ruleset see it. */
  readonly bypassActors: readonly BypassActor[] | undefined;
}

/** As much of the classic protection of a branch as says who may push to it, which a merge does too. */
export interface Protection {
  /** null: everybody with write access. */
  readonly restrictions: { readonly apps: readonly number[]; readonly people: readonly string[] } | null;
  readonly enforceAdmins: boolean;
}

/** What GitHub says about the base branch of one repository. */
export interface BaseBranch {
  readonly repository: string;
  readonly branch: string;
  /** The types of the rules that hold for the branch. */
  readonly ruleTypes: Asked<readonly string[]>;
  /** The rulesets whose rule `update` holds for the branch. */
  readonly holding: readonly Asked<Ruleset>[];
  /** The other rulesets, read only where no rule `update` holds. */
  readonly others: readonly Ruleset[];
  /** null: the branch has no classic protection. */
  readonly protection: Asked<Protection | null>;
}

/** What keeps everybody from the branch whom it does not name; `passes` is undefined where GitHub does not show whom it names. */
interface Lock {
  readonly name: string;
  readonly passes: readonly Passer[] | undefined;
  /** What GitHub answered in the place of `passes`. */
  readonly hidden?: string;
}

/** Somebody who may update the branch in spite of a lock: `admin` may edit the lock anyway. */
interface Passer {
  readonly who: string;
  readonly kind: "gate" | "admin" | "other";
}

/**
 * Whether only the gate's App may update the base branch. One lock that names nobody else is enough: whoever updates the branch has to pass
 * every lock. A rule that demands pull requests or reviews is none, because an agent's token merges a pull request that has them.
 */
export function baseBranchFinding(seen: BaseBranch, gateAppId: number): Finding {
  const at = `${seen.repository} ${seen.branch}`;
  if ("status" in seen.ruleTypes) return notProved(at, `the rules of the branch: ${answered(seen.ruleTypes.status)}`);
  const locks = locksOf(seen, gateAppId);
  const lockedOut = locks.find(({ passes }) => passes?.some(({ kind }) => kind === "gate") === false);
  if (lockedOut !== undefined) {
    const mend = `let the App ${gateAppId} bypass it, for pull requests only`;
    return finding("ill", `${at}: ${lockedOut.name} keeps the gate from merging too`, mend);
  }
  const tight = locks.find(({ passes }) => passes !== undefined && othersIn(passes).length === 0);
  if (tight !== undefined) return finding("well", `${at}: only the gate may update it (${tight.name})`);
  const hidden = locks.find(({ passes }) => passes === undefined);
  if (hidden !== undefined) {
    const seenNot = `${at}: not shown: whom ${hidden.name} lets bypass it (${hidden.hidden})`;
    return finding("look", seenNot, `${tokenWanted}; for a ruleset of the organization, of an owner of it`);
  }
  const [least] = locks.toSorted((a, b) => othersIn(a.passes).length - othersIn(b.passes).length);
  if (least !== undefined) return open(at, least);
  if ("status" in seen.protection) {
    return notProved(
      at,
      `no ruleset restricts updates, and the classic protection: ${answered(seen.protection.status)}`,
    );
  }
  return unlocked(at, seen, seen.ruleTypes.answer);
}

/** Before anything is asked: there is no token to ask with. */
export const noToken: Finding = {
  ...{ part: "base branch", state: "look" },
  seen: "not proved that only the gate may merge: there is no token of yours to ask GitHub with",
  mend: "set GITHUB_TOKEN_OPERATOR to a token that may edit the rulesets (docs/operating.md, Only the gate merges)",
};

const tokenWanted = "ask with the token of somebody who may edit the ruleset (role admin; Administration: write)";
const howTo = "make the ruleset of docs/operating.md, Only the gate merges";

function locksOf({ holding, protection }: BaseBranch, gateAppId: number): readonly Lock[] {
  const rulesets = holding.map((asked): Lock => {
    if ("status" in asked) return { name: "a ruleset", passes: undefined, hidden: answered(asked.status) };
    const { name, bypassActors } = asked.answer;
    const passes = bypassActors?.map((actor) => passerOf(actor, gateAppId));
    return { name: `the ruleset ${name}`, passes, hidden: "GitHub leaves bypass_actors out" };
  });
  const classic = "answer" in protection ? protection.answer : null;
  if (classic === null || classic.restrictions === null) return rulesets;
  const apps = classic.restrictions.apps.map((id) => passerOf({ actor_type: "Integration", actor_id: id }, gateAppId));
  const people = classic.restrictions.people.map((who): Passer => ({ who, kind: "other" }));
  const admins: readonly Passer[] = classic.enforceAdmins ? [] : [{ who: "the admins", kind: "admin" }];
  return [...rulesets, { name: "the branch protection", passes: [...apps, ...people, ...admins] }];
}

/** 5: the role admin. */
const adminRoleId = 5;

function passerOf({ actor_type: type, actor_id: id = null }: BypassActor, gateAppId: number): Passer {
  const who = id === null ? type : `${type} ${id}`;
  if (type === "Integration") return { who: `the App ${id}`, kind: id === gateAppId ? "gate" : "other" };
  const isAdmin = type === "OrganizationAdmin" || type === "EnterpriseOwner";
  return { who, kind: isAdmin || (type === "RepositoryRole" && id === adminRoleId) ? "admin" : "other" };
}

function othersIn(passes: readonly Passer[] = []): readonly Passer[] {
  return passes.filter(({ kind }) => kind !== "gate");
}

/** Each lock lets pass more than the gate. Who may edit the lock anyway gets nothing by it, but can merge past the gate by mistake. */
function open(at: string, { name, passes }: Lock): Finding {
  const others = othersIn(passes);
  const who = others.map((each) => each.who).join(", ");
  const seen = `${at}: ${name} lets pass, beside the gate: ${who}`;
  const onlyAdmins = others.every(({ kind }) => kind === "admin");
  const mend = onlyAdmins
    ? "take them off its list, unless people merge there by hand (label manual-merge)"
    : "take them off its list: whoever stands there merges without the gate";
  return finding(onlyAdmins ? "look" : "ill", seen, mend);
}

function unlocked(at: string, { others, branch }: BaseBranch, ruleTypes: readonly string[]): Finding {
  const near = others.find(({ restrictsUpdates }) => restrictsUpdates);
  const why =
    near === undefined
      ? ruleTypes.includes("pull_request")
        ? "; that it demands pull requests keeps no agent from merging one"
        : ""
      : near.enforcement === "active"
        ? `; the ruleset ${near.name} restricts updates, but not of ${branch}`
        : `; the ruleset ${near.name} restricts updates, but its enforcement is ${near.enforcement}`;
  const seen = `${at}: whoever may write contents may merge, the agents too: no rule restricts updates${why}`;
  return finding("ill", seen, howTo);
}

function notProved(at: string, why: string): Finding {
  return finding("look", `${at}: not proved that only the gate may merge: ${why}`, tokenWanted);
}

function answered(status: number): string {
  return status === 0 ? "GitHub does not answer" : `GitHub answers ${status}`;
}

function finding(state: Finding["state"], seen: string, mend?: string): Finding {
  return { part: "base branch", state, seen, ...(mend === undefined ? {} : { mend }) };
}

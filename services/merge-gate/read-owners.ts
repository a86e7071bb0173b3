import { Effect } from "effect";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import type { OwnedFiles, OwnersRead } from "#contracts/gate/code-owners.ts";
import { type ForgeState, requirementsIn } from "#contracts/gate/snapshot.ts";
import { GitHub } from "#kit/github/github.ts";
import { plainLogin } from "#kit/github/logins.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import type { Account, Trust } from "#kit/github/trust.ts";
import { codeownersPlaces, ownersOfChange, parseCodeowners } from "./codeowners.ts";
import type { ReviewShown, Weighed } from "./weigh.ts";

/** What is known of the pull request when its owners are asked for. */
interface Asking {
  readonly said: Pick<ForgeState, "open" | "ownRepository" | "baseBranch" | "author" | "headSha">;
  readonly required: ForgeState["required"];
  readonly changed: ForgeState["changed"];
  readonly reviews: readonly ReviewShown[];
  readonly trust: Trust;
}

type Owners = Weighed<ForgeState["owners"]>;

/**
 * Reads who owns what a pull request touches, by CODEOWNERS of its base branch, and who of them approved. Nothing is read where no rule that is
 * shown requires their review: a rule that is hidden holds GitHub's own merge. One request for each place until one has the file, one for each
 * approver whose permission is not known yet, and one for each hundred members of a team that an approver may be in. What GitHub refuses to
 * tell holds, and is asked again.
 */
export const readOwners = Effect.fn("readOwners")(function* (change: Place, asking: Asking) {
  const { said, changed } = asking;
  const isRequired = requirementsIn(asking)?.reviews.codeOwners === true;
  // A change that is not seen whole is a person's anyway, and of one that is GitHub shows at most 300 files: to compare more with each line would take long.
  const isWhole = changed.unseen.length === 0;
  if (!isRequired || !isWhole || !said.open || !said.ownRepository) return { value: null, untold: [] } satisfies Owners;
  const file = yield* readCodeowners(change, said.baseBranch).pipe(
    Effect.catchTag("GitHubRefused", ({ message }) =>
      Effect.succeed({ untold: `${message}: give the App Contents (read)` }),
    ),
  );
  if (file === null) return { value: noFile, untold: [] } satisfies Owners;
  if ("untold" in file) return { value: file, untold: [file.untold] } satisfies Owners;
  const { place } = file;
  const read = parseCodeowners(file.text);
  if ("notLoaded" in read) return { value: { place, ...read }, untold: [] } satisfies Owners;
  const lines = linesOf(ownersOfChange(changed.files, read.rules));
  const { approvers, ofHead, untold } = yield* readApprovers(change, lines, asking);
  const teams = yield* readTeams(change, lines, { approvers, ofHead });
  return { value: { place, lines, approvers, teams }, untold } satisfies Owners;
});

const noFile: OwnersRead = { place: null, lines: [], approvers: [], teams: [] };

/** The first place of the base branch that has the file; null where none has. Its requirements were read, so the branch is there, and a 404 is about the file. */
const readCodeowners = Effect.fnUntraced(function* (at: RepositoryRef, branch: string) {
  for (const place of codeownersPlaces) {
    const asked = readRepositoryFile(at, { path: place, ref: branch });
    const text = yield* Effect.catchTag(asked, "GitHubRefused", orWhenAbsent(null));
    if (text !== null) return { place, text };
  }
  return null;
});

/** 3: a reason names no more of the files that one line decides for. */
const pathsMax = 3;

/** The lines that decide for changed files and name owners. */
function linesOf(owned: ReturnType<typeof ownersOfChange>): readonly OwnedFiles[] {
  const byLine = Map.groupBy(owned, ({ line }) => line ?? 0);
  return [...byLine].flatMap(([line, all]) => {
    const owners = all[0]?.owners ?? [];
    const paths = all.map(({ path }) => path);
    return owners.length === 0 ? [] : [{ line, owners, paths: paths.slice(0, pathsMax), pathsCount: paths.length }];
  });
}

/** Those who approved, may write, and may be an owner, and of them who approved this head. Where GitHub does not tell whether one may write, his approval does not count. */
const readApprovers = Effect.fnUntraced(function* (
  at: RepositoryRef,
  lines: readonly OwnedFiles[],
  { reviews, said, trust }: Asking,
) {
  const owners = new Set(lines.flatMap((line) => line.owners.map((owner) => owner.toLowerCase())));
  const hasTeams = [...owners].some(isTeam);
  const asked = approvalsIn(reviews).filter(({ user }) => {
    const name = plainLogin(user.login);
    return name !== plainLogin(said.author) && (hasTeams || owners.has(`@${name}`));
  });
  const weighed = yield* Effect.forEach(asked, ({ user }) => mayApprove(trust, at, user), { concurrency: 4 });
  const counted = asked.filter((_, index) => weighed[index]?.value);
  const loginsOf = (all: typeof asked) => all.map(({ user }) => plainLogin(user.login));
  return {
    approvers: loginsOf(counted),
    ofHead: loginsOf(counted.filter(({ commit_id }) => commit_id === said.headSha)),
    untold: weighed.flatMap(({ untold }) => untold),
  };
});

interface Approval extends ReviewShown {
  readonly user: Account;
}

/** The approvals by whoever's last review, comments aside, approves. Nobody is an owner without a login. */
function approvalsIn(reviews: readonly ReviewShown[]): readonly Approval[] {
  const last = new Map<string, ReviewShown>();
  for (const review of reviews) {
    const login = plainLogin(review.user?.login ?? "");
    if (login !== "" && review.state !== "COMMENTED") last.set(login, review);
  }
  return [...last.values()].flatMap(({ user, ...review }) =>
    review.state === "APPROVED" && user !== null ? [{ ...review, user }] : [],
  );
}

/** GitHub counts owners who may write. No agent of the rig approves for one, and an App only where the operator appointed it. */
function mayApprove(trust: Trust, at: RepositoryRef, account: Account) {
  return trust.mayObject(at, account).pipe(
    Effect.map((value): Weighed<boolean> => ({ value, untold: [] })),
    Effect.catchTag(["GitHubRefused", "NotTold"], ({ message }) =>
      Effect.succeed<Weighed<boolean>>({ value: false, untold: [message] }),
    ),
  );
}

function isTeam(owner: string): boolean {
  return owner.startsWith("@") && owner.includes("/");
}

/** 10: each is at least one request. Of more teams it is not known who is in them. */
const teamsMax = 10;

/**
 * Which of the approvers are in each team that the lines name. No team is asked for where nobody approved, or where each of its lines has
 * another owner's approval of this head, which counts in any case.
 */
const readTeams = Effect.fnUntraced(function* (
  at: RepositoryRef,
  lines: readonly OwnedFiles[],
  { approvers, ofHead }: { readonly approvers: readonly string[]; readonly ofHead: readonly string[] },
) {
  const isOpen = ({ owners }: OwnedFiles) => !owners.some((owner) => ofHead.includes(owner.slice(1).toLowerCase()));
  const teamsOf = (all: readonly OwnedFiles[]) =>
    new Set(all.flatMap(({ owners }) => owners.filter(isTeam).map((owner) => owner.slice(1).toLowerCase())));
  const asked = approvers.length === 0 ? [] : [...teamsOf(lines.filter(isOpen))];
  const read = yield* Effect.forEach(asked.slice(0, teamsMax), (name) => readMembers(at, name), { concurrency: 4 });
  const known = new Map(asked.map((name, index) => [name, read[index] ?? null]));
  return [...teamsOf(lines)].map((name) => {
    const members = known.has(name) ? (known.get(name) ?? null) : [];
    return { name, approvers: members && approvers.filter((login) => members.includes(login)) };
  });
});

/** 10 pages: a team of more than 1,000 owns nothing that anybody knows. */
const pagesMax = 10;

/**
 * The members of a team `org/team`, also of the teams below it (https://docs.github.com/rest/teams/members#list-team-members); null where
 * GitHub does not tell them: it needs the organization's permission Members, and 404 says both that there is none and that it is not shown.
 */
const readMembers = Effect.fnUntraced(function* (at: RepositoryRef, name: string) {
  const github = yield* GitHub;
  const [org = "", team_slug = ""] = name.split("/");
  const asked = github.call(`read the members of ${name}`, at, async (octokit) => {
    let pages = 0;
    let isCut = false;
    const request = { org, team_slug, per_page: 100 };
    const members = await octokit.paginate(octokit.rest.teams.listMembersInOrg, request, ({ data, headers }, done) => {
      pages += 1;
      if (pages === pagesMax) {
        isCut = headers.link?.includes('rel="next"') === true;
        done();
      }
      return data.map(({ login }) => plainLogin(login));
    });
    return isCut ? null : members;
  });
  return yield* Effect.catchTag(asked, "GitHubRefused", () => Effect.succeed(null));
});

import { Clock, Effect } from "effect";
import { type RepositoryRef, repositoryName } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import { schedules } from "#contracts/schedules.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer } from "#kit/consume/consume.ts";
import { type Retryable, StartRefused } from "#kit/errors.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import { setting } from "#kit/process/settings.ts";
import { type LimitReached, makeAsking } from "./asking.ts";
import { compareRepository } from "./compare-repository.ts";
import type { Memory } from "./comparison.ts";
import type { KnownRepository } from "./known.ts";
import { makeLastCompared } from "./last-compared.ts";

/** 1 h: an App is installed on a repository by hand, and a label there is waited for by a person who can wait that long once. */
const installedAgeMs = 3_600_000;

/**
 * The reconciler's handler: at each tick it compares every repository that the rig knows with GitHub. It appends by itself and answers with
 * nothing, because it reports what was really missing, which only the appends say. `readKnown` reads the read model.
 */
export function makeHandle<R>(readKnown: Effect.Effect<readonly KnownRepository[], Retryable, R>) {
  return Effect.gen(function* () {
    const named = yield* namedRepositories;
    const readInstalled = yield* installedRepositories;
    const memory: Memory = { asking: makeAsking(), lastCompared: makeLastCompared(), since: new Map() };
    /** The repository that the last run did not reach. */
    let first = "";
    const handle = Effect.fn("reconcile")(function* (tick: Fact<"TICK">) {
      if (isPast(tick, yield* Clock.currentTimeMillis)) return;
      const known = merged(yield* readKnown, [...named, ...(yield* readInstalled)]);
      const from = Math.max(
        0,
        known.findIndex((each) => nameOf(each) === first),
      );
      first = "";
      memory.lastCompared.forget(tick.data.instant);
      for (const each of [...known.slice(from), ...known.slice(0, from)]) {
        const goesOn = yield* compareOne(compareRepository(each, { tick, memory }), nameOf(each));
        if (goesOn) continue;
        first = nameOf(each);
        return;
      }
    });
    return (tick: Fact<"TICK">): Effect.Effect<readonly Answer<"reconciler">[], HandlingError, Bus | GitHub | R> =>
      Effect.as(handle(tick), []);
  });
}

/** After a standstill many ticks wait, and each later one compares the same. Two intervals, because a tick may wait for the one before. */
function isPast({ data }: Fact<"TICK">, nowMs: number): boolean {
  return Date.parse(data.instant) + 2 * schedules[data.schedule].everyMs < nowMs;
}

/**
 * Compares one repository. An error there does not keep the others from being compared; the next tick tries it again. Returns false when
 * GitHub limits the rate, which is the same for all of them.
 */
function compareOne<R>(
  comparing: Effect.Effect<void, HandlingError | GitHubRefused | LimitReached, R>,
  name: string,
): Effect.Effect<boolean, never, R> {
  return comparing.pipe(
    Effect.as(true),
    Effect.catch((error) =>
      Effect.as(
        Effect.logWarning("repository not compared", `${name}: ${error.message}`),
        error._tag !== "LimitReached",
      ),
    ),
  );
}

/** The repositories that `RIG_REPOSITORIES` names, for those of which no delivery ever came. */
const namedRepositories = Effect.gen(function* () {
  const entries = (yield* setting("RIG_REPOSITORIES", "")).split(",").map((entry) => entry.trim());
  const named: RepositoryRef[] = [];
  for (const entry of entries.filter((each) => each !== "")) {
    const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(entry) ?? [];
    if (owner === undefined || repo === undefined)
      return yield* new StartRefused({
        what: `RIG_REPOSITORIES has "${entry}": write OWNER/REPO, separated by commas.`,
      });
    named.push({ owner, repo });
  }
  return named;
});

/** The repositories on which the App is installed, asked once an hour; what was known stays when GitHub does not answer. */
const installedRepositories = Effect.gen(function* () {
  const github = yield* GitHub;
  let last: { readonly atMs: number; readonly repositories: readonly RepositoryRef[] } = { atMs: 0, repositories: [] };
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    if (last.atMs + installedAgeMs > nowMs) return last.repositories;
    const repositories = yield* Effect.catch(github.repositories, (error) =>
      Effect.as(Effect.logWarning("installed repositories not read", error.message), last.repositories),
    );
    last = { atMs: nowMs, repositories };
    return repositories;
  });
});

/** The repositories of the read model, and those of the others that it does not have. GitHub's names are the same in upper and lower case. */
function merged(known: readonly KnownRepository[], others: readonly RepositoryRef[]): readonly KnownRepository[] {
  const all = new Map(known.map((each) => [nameOf(each), each]));
  for (const each of others) {
    if (!all.has(nameOf(each))) all.set(nameOf(each), { ...each, issues: new Map(), changes: new Set() });
  }
  return [...all.values()];
}

function nameOf(at: RepositoryRef): string {
  return repositoryName(at).toLowerCase();
}

import { createPrivateKey } from "node:crypto";
import { Context, Effect, Layer, Schedule, Schema } from "effect";
import { App, Octokit } from "octokit";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { because, type Why } from "#contracts/reason.ts";
import { Retryable, StartRefused } from "#kit/errors.ts";
import { ofService, optional, setting } from "#kit/process/settings.ts";
import { refuseNoAnswers } from "./answers.ts";
import { isOfCommits, KeptAnswers, type RestAnswer } from "./kept-answers.ts";
import { type Answered, RateLimited, RateLimits } from "./rate-limits.ts";

/**
 * GitHub understood the call and refused it (404, 405, 409, 422 …): another try would get the same answer. Only where GitHub may not know
 * yet what was asked for, the dispatcher, Review-E and the gate turn 404 and 422 into `Retryable` (`not-known-yet.ts`). The gate and the
 * dispatcher cannot decide without an answer, so they turn this error into `Poison`.
 * Kind: business no.
 * What to do: compare the status in the fact's reason with the permissions of the service's GitHub App. A refused
 * merge needs nothing: the gate evaluates again at the next fact.
 */
export class GitHubRefused extends Schema.TaggedError<GitHubRefused>()("GitHubRefused", {
  what: Schema.String,
  status: Schema.Int,
  reason: Schema.String,
}) {
  override get message(): string {
    return `${this.what}: GitHub answered ${this.status} ${this.reason}`;
  }
  /** The reason in the form that a fact stores; the answer is stored as text. */
  get why(): Why {
    return because(`${this.what}: GitHub answered ${this.status}`, this.reason);
  }
}

/**
 * GitHub answered, and the answer does not tell what was asked: a 404 for the permission of an account that exists, or a branch that is
 * protected by something that is not shown. The dispatcher turns this error into `Poison`; the gate holds the change and asks again.
 * Kind: business no.
 * What to do: give the service's GitHub App the permission that the reason names.
 */
export class NotTold extends Schema.TaggedError<NotTold>()("NotTold", { what: Schema.String, reason: Schema.String }) {
  override get message(): string {
    return `${this.what}: GitHub does not tell it: ${this.reason}`;
  }
  /** The reason in the form that a fact stores. */
  get why(): Why {
    return because(`${this.what}: GitHub does not tell it`, this.reason);
  }
}

export type { Octokit } from "octokit";

/** How often a call is tried. */
export interface CallLimits {
  readonly attemptsMax: number;
}

/** GitHub with the identity of one service. Only this folder imports octokit. */
export class GitHub extends Context.Service<
  GitHub,
  {
    /** The login of this service on GitHub; an App's login ends with `[bot]`. */
    readonly login: Effect.Effect<string, Retryable | GitHubRefused>;
    /**
     * Makes one call. A network fault, 401, 408 or a 5xx is tried 4 times, then fails with `Retryable`; a rate limit fails at once with its
     * wait, and until then so does every other call that it concerns, without a request. `run` gets only owner and repository of `at`.
     * `attemptsMax`: fewer times, for what may be done by a request that failed, and must not be asked for again before that was looked at.
     */
    call<A>(
      what: string,
      at: RepositoryRef,
      run: (octokit: Octokit, at: RepositoryRef) => Promise<A>,
      limits?: CallLimits,
    ): Effect.Effect<A, Retryable | GitHubRefused>;
    /** The repositories on which the App is installed; none for a token, which may see more than it is meant for. */
    readonly repositories: Effect.Effect<readonly RepositoryRef[], Retryable | GitHubRefused>;
    /** A token for git over HTTP. An App's token is for this repository and lasts one hour. */
    gitToken(at: RepositoryRef): Effect.Effect<string, Retryable | GitHubRefused>;
  }
>()("rig/kit/GitHub") {}

/** Makes the client of a service: a GitHub App where `GITHUB_APP_ID_<SERVICE>` is set, a token otherwise. */
export function gitHubLayer(service: string): Layer.Layer<GitHub, StartRefused> {
  return Layer.effect(
    GitHub,
    Effect.gen(function* () {
      const baseUrl = yield* setting("GITHUB_API_URL", "https://api.github.com");
      const appId = yield* optional(ofService("GITHUB_APP_ID", service));
      const token = yield* optional(ofService("GITHUB_TOKEN", service));
      if (appId !== undefined) {
        const name = ofService("GITHUB_APP_PRIVATE_KEY", service);
        const privateKey = yield* optional(name);
        if (privateKey === undefined)
          return yield* new StartRefused({ what: `${name} is not set: the App's PEM key.` });
        yield* refuseBrokenKey(name, privateKey);
        return asApp(new App({ appId, privateKey, Octokit: limitedClient().defaults({ baseUrl }) }));
      }
      if (token !== undefined) return asToken(new (limitedClient())({ baseUrl, auth: token }), token);
      return yield* new StartRefused({
        what: `${service} has no GitHub identity: set ${ofService("GITHUB_TOKEN", service)}, or ${ofService("GITHUB_APP_ID", service)} and its key.`,
      });
    }),
  );
}

/** Refuses a key that cannot sign, with which every call would fail. In an environment variable its line feeds may be written as `\n`. */
function refuseBrokenKey(name: string, privateKey: string): Effect.Effect<unknown, StartRefused> {
  return Effect.try({
    try: () => createPrivateKey(privateKey.replaceAll("\\n", "\n")),
    catch: () => new StartRefused({ what: `${name} is no PEM key: set it to the whole file that GitHub gave.` }),
  });
}

/** octokit's own retries and waits are off: a 405 or 409 is an answer here, and for a long wait the message is nak'ed with a delay. */
const Client = Octokit.plugin(refuseNoAnswers).defaults({
  retry: { enabled: false },
  throttle: { enabled: false },
  userAgent: "rig",
});

/** The client of one identity, whose requests wait together when GitHub limits its rate, and which asks for nothing twice that did not change. */
function limitedClient() {
  const limits = new RateLimits();
  const kept = new KeptAnswers();
  return Client.plugin(({ hook, request: { endpoint } }: Pick<Octokit, "hook" | "request">) => {
    hook.wrap("request", async (request, options) => {
      const resource = options.url.endsWith("/graphql") ? "graphql" : "rest";
      const sentAtMs = Date.now();
      const heldMs = limits.waitMs(resource, sentAtMs);
      if (heldMs > 0) throw new RateLimited(heldMs);
      const [answer] = await Promise.allSettled([request(options)]);
      const answered = answer.status === "fulfilled" ? saidBy(answer.value) : refusedBy(answer.reason);
      const waitMs = limits.note({ resource, ...answered }, sentAtMs, Date.now());
      if (waitMs !== null) throw new RateLimited(waitMs);
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    });
    // Outside of the limits: what is kept needs no request. The hooks within have these very options.
    hook.wrap("request", (request, options) => {
      const { method, url, headers }: RestRequest = endpoint(options as never);
      if (method !== "GET" || headers["if-none-match"] !== undefined) return request(options);
      return askedOnceFor(kept, { url, accept: String(headers.accept) }, (conditional) => {
        Object.assign(options.headers, conditional);
        return request(options);
      });
    });
  });
}

interface RestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks with the ETag of the answer that is kept, or not at all where that can never change. */
async function askedOnceFor<Given extends RestAnswer>(
  kept: KeptAnswers,
  { url, accept }: { readonly url: string; readonly accept: string },
  ask: (headers: Readonly<Record<string, string>>) => Promise<Given> | Given,
): Promise<Given> {
  const key = `${accept} ${url}`;
  // Found before it is asked for: meanwhile it may have to give way to other answers.
  const known = kept.find(key) as Given | null;
  if (known !== null && isOfCommits(url)) return known;
  const etag = known?.headers.etag;
  try {
    const answer = await ask(etag === undefined ? {} : { "if-none-match": String(etag) });
    kept.keep(key, answer);
    return answer;
  } catch (cause) {
    if (known === null || (cause as { status?: number }).status !== 304) throw cause;
    return known;
  }
}

/** GraphQL answers 200 also when it refuses. */
function saidBy({ status, headers, data }: { status: number; headers: Headers; data: unknown }) {
  const { errors } = (data ?? {}) as { readonly errors?: unknown };
  const list = Array.isArray(errors)
    ? (errors as readonly { readonly type?: string; readonly message?: string }[])
    : [];
  const message = list.map((each) => each?.message ?? "").join("; ");
  return { status, headers, message, errorTypes: list.map((each) => each?.type ?? "") };
}

function refusedBy(cause: unknown): Omit<Answered, "resource"> {
  const { status, response } = cause as { status?: number; response?: { headers?: Headers } };
  const message = cause instanceof Error ? cause.message : String(cause);
  return { status, headers: response?.headers ?? {}, message, errorTypes: [] };
}

/** Makes a client that acts with a token. */
export function octokitOf(baseUrl: string, token: string): Octokit {
  return new Client({ baseUrl, auth: token });
}

function asToken(octokit: Octokit, token: string): GitHub["Service"] {
  return GitHub.of({
    login: askedOnce(async () => (await octokit.rest.users.getAuthenticated()).data.login),
    call: (what, { owner, repo }, run, limits) => callGitHub(what, () => run(octokit, { owner, repo }), limits),
    repositories: Effect.succeed([]),
    gitToken: () => Effect.succeed(token),
  });
}

/** The own login, for which GitHub is asked until it answers, and not again: who renames an App starts its service again. */
function askedOnce(read: () => Promise<string>): GitHub["Service"]["login"] {
  let known: string | null = null;
  const asking = Effect.tap(callGitHub("read the own login", read), (login) =>
    Effect.sync(() => {
      known = login;
    }),
  );
  return Effect.suspend(() => (known === null ? asking : Effect.succeed(known)));
}

/** 1,000: more repositories than an App of the rig works in. */
const installationsMax = 1_000;

function asApp(app: App): GitHub["Service"] {
  const known = new Map<string, number>();
  /** The installation on a repository, asked once; after a refusal again, because the App may have been taken away and installed again. */
  const installation = async ({ owner, repo }: RepositoryRef) => {
    const id = known.get(`${owner}/${repo}`);
    if (id !== undefined) return id;
    const { data } = await app.octokit.rest.apps.getRepoInstallation({ owner, repo });
    if (known.size >= installationsMax) known.clear();
    known.set(`${owner}/${repo}`, data.id);
    return data.id;
  };
  const forgetting = async <A>({ owner, repo }: RepositoryRef, run: () => Promise<A>): Promise<A> => {
    try {
      return await run();
    } catch (cause) {
      const { status = 0 } = cause as { status?: number };
      if (status === 401 || status === 403 || status === 404) known.delete(`${owner}/${repo}`);
      throw cause;
    }
  };
  return GitHub.of({
    login: askedOnce(async () => {
      const { data } = await app.octokit.rest.apps.getAuthenticated();
      return `${data?.slug ?? ""}[bot]`;
    }),
    call: (what, { owner, repo }, run, limits) => {
      const at = { owner, repo };
      const asApp = async () => run(await app.getInstallationOctokit(await installation(at)), at);
      return callGitHub(what, () => forgetting(at, asApp), limits);
    },
    repositories: callGitHub("list the repositories of the App", async () => {
      const found: RepositoryRef[] = [];
      for await (const { repository } of app.eachRepository.iterator()) {
        found.push({ owner: repository.owner.login, repo: repository.name });
      }
      return found;
    }),
    gitToken: (at) =>
      callGitHub("make a token", () =>
        forgetting(at, async () => {
          const { data } = await app.octokit.rest.apps.createInstallationAccessToken({
            installation_id: await installation(at),
            repositories: [at.repo],
          });
          return data.token;
        }),
      ),
  });
}

function callGitHub<A>(what: string, run: () => Promise<A>, { attemptsMax }: CallLimits = { attemptsMax: 4 }) {
  return Effect.tryPromise({ try: run, catch: (cause) => classify(what, cause) }).pipe(
    Effect.retry({
      schedule: Schedule.exponential("300 millis"),
      times: attemptsMax - 1,
      while: (error) => error._tag === "Retryable" && error.delayMs === undefined,
    }),
  );
}

type Headers = Answered["headers"];

function classify(what: string, cause: unknown): Retryable | GitHubRefused {
  if (cause instanceof RateLimited) return new Retryable({ what: `${what}: ${cause.message}`, delayMs: cause.waitMs });
  // An error of GraphQL has no status, because GitHub answers it with 200.
  const { status } = cause as { status?: number };
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (status === undefined || status >= 500 || status === 401 || status === 408) return new Retryable({ what, cause });
  return new GitHubRefused({ what, status, reason });
}

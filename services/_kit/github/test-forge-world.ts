import { Effect, Layer } from "effect";
import type { Retryable, StartRefused } from "#kit/errors.ts";
import { type Settings, startWorld, type World, type WorldOptions } from "#kit/test/test-world.ts";
import {
  coder,
  comparer,
  merger,
  person,
  reviewer,
  startTestForge,
  type TestForge,
} from "../../../deploy/local/forge/test-forge.ts";
import { GitHub, type GitHubRefused, gitHubLayer } from "./github.ts";

/** A world with the local forge. Each service has an identity of its own there. */
export interface ForgeWorld extends World {
  readonly forge: TestForge;
}

/** Starts a bus and a forge, and clones the forge's repository as `coder` into `clone`. */
export async function startForgeWorld(options: WorldOptions = {}): Promise<ForgeWorld> {
  const forge = await startTestForge();
  await forge.git(coder, "clone");
  const world = await startWorld({ ...options, settings: { ...forgeSettings(forge), ...options.settings } });
  return {
    ...world,
    forge,
    stop: async () => {
      await world.stop();
      await forge.close();
    },
  };
}

/** The settings with which services reach this forge, each with its identity. */
export function forgeSettings({ url }: TestForge): Settings {
  return {
    GITHUB_API_URL: `${url}/api/v3`,
    GITHUB_TOKEN_RECONCILER: comparer.token,
    GITHUB_TOKEN_DISPATCHER: person.token,
    GITHUB_TOKEN_DEV_E: coder.token,
    GITHUB_TOKEN_REVIEW_E: reviewer.token,
    GITHUB_TOKEN_MERGE_GATE: merger.token,
    RIG_AGENT_LOGINS: coder.login,
  };
}

/** Wraps one call of GitHub in a test: `call` is the call itself. */
export type Around = <A>(what: string, call: Call<A>) => Call<A>;
type Call<A> = Effect.Effect<A, Retryable | GitHubRefused>;

/** The service's own GitHub with wrapped calls: a test can let a rival act just before a call, or the service die just after one. */
export function gitHubWith(service: string, around: Around): Layer.Layer<GitHub, StartRefused> {
  const wrapped = Effect.map(GitHub, (real) =>
    GitHub.of({ ...real, call: (what, at, run, limits) => around(what, real.call(what, at, run, limits)) }),
  );
  return Layer.effect(GitHub, wrapped).pipe(Layer.provide(gitHubLayer(service)));
}

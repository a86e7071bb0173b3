import { Effect, Layer } from "effect";
import { afterAll, beforeAll } from "vitest";
import { type GitHub, gitHubLayer } from "#kit/github/github.ts";
import { ofService } from "#kit/process/settings.ts";
import { type AnsweringServer, startAnswering } from "./test-answers.ts";
import { type Settings, settingsLayer } from "./test-world.ts";

/** A GitHub whose answers a test chooses, and one service that asks it. */
export interface PlayedGitHub extends Omit<AnsweringServer, "close"> {
  /** Runs a program of the service, with more settings where the test has some. */
  run<A, E>(program: Effect.Effect<A, E, GitHub>, more?: Settings): Promise<A>;
}

/** Starts a played GitHub before the tests of a file, and closes it after them. The service has a token. */
export function playedGitHub(service: string): PlayedGitHub {
  let server: AnsweringServer;
  beforeAll(async () => {
    server = await startAnswering();
  });
  afterAll(() => server.close());
  return {
    get url() {
      return server.url;
    },
    get asked() {
      return server.asked;
    },
    play: (answer) => server.play(answer),
    run: (program, more = {}) => {
      const own = { GITHUB_API_URL: server.url, [ofService("GITHUB_TOKEN", service)]: "ghp_own" };
      const layer = Layer.provideMerge(gitHubLayer(service), settingsLayer({ ...own, ...more }));
      return Effect.runPromise(Effect.provide(program, layer));
    },
  };
}

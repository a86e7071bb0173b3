import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { settingsLayer } from "#kit/test/test-world.ts";
import { person } from "../../deploy/local/forge/test-forge.ts";
import { readSigningKey } from "./signing.ts";
import { type Scene, startScene, writing } from "./test-dev-e.ts";

// A base that demands signed commits: real git, real ssh keys, the local forge.

const at = { owner: "acme", repo: "shop" };
let directory: string;
let key: string;
let signers: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "dev-e-signing-"));
  key = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "dev-e", "-f", key]);
  signers = join(directory, "signers");
  await writeFile(signers, `*@users.noreply.github.com ${await readFile(`${key}.pub`, "utf8")}`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let scene: Scene;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A scene whose base demands signed commits: by a ruleset. */
async function signedScene(settings: Readonly<Record<string, string>>) {
  scene = await startScene(settings);
  stops.push(scene.stop);
  const ref_name = { include: ["~DEFAULT_BRANCH"], exclude: [] };
  const rules = [{ type: "required_signatures" as const }];
  const wanted = { ...at, name: "signed", enforcement: "active" as const, conditions: { ref_name }, rules };
  await scene.world.forge.octokitOf(person).rest.repos.createRepoRuleset(wanted);
}

const change = writing({ "signed.js": "export const signed = 1;\n" });

const asUser = { GITHUB_TOKEN_DEV_E: person.token };
const again = "restart the agent, then take the label agent-ready off and set it again";

describe("where the base demands signed commits", () => {
  test.each<[string, () => Readonly<Record<string, string>>, string]>([
    ["a user without a key", () => asUser, `this agent signs none: set RIG_SIGNING_KEY, ${again}`],
    ["an App, whose key GitHub would not know", () => ({ RIG_SIGNING_KEY: key }), "GitHub verifies none of an App"],
  ])(
    "Dev-E as %s says so before it works: no model is asked, no branch pushed, and no attempt follows",
    async (_, settings, why) => {
      await signedScene(settings());
      const { on, branch } = await scene.dispatch("Signed by nobody");
      scene.play(change);
      await scene.workEverything();
      expect(await scene.typesOn(on)).toEqual(["ISSUE_ASSIGNED", "RUN_FAILED"]);
      expect((await scene.world.history(on)).at(-1)?.data).toMatchObject({
        ...{ class: "unsigned", retryable: false, details: null },
        reason: expect.stringContaining(`main demands signed commits, and ${why}`),
      });
      expect(scene.asked).toEqual([]);
      expect(await scene.git("branch", "--remotes", "--list", `origin/${branch}`)).toBe("");
    },
  );

  test("each commit that Dev-E makes with its key is verified, under the address of its account", async () => {
    await signedScene({ ...asUser, RIG_SIGNING_KEY: key });
    const { on, branch } = await scene.dispatch("Signed by Dev-E");
    scene.play(change);
    await scene.workEverything();
    expect((await scene.typesOn(on)).at(-1)).toBe("RUN_SUCCEEDED");
    const rest = scene.world.forge.octokitOf(person).rest;
    const { id, login } = (await rest.users.getByUsername({ username: person.login })).data;
    const verified = ["-c", `gpg.ssh.allowedSignersFile=${signers}`];
    const shown = await scene.git(...verified, "log", "--format=%G? %ce", `origin/main..origin/${branch}`);
    expect(shown).toBe(`G ${id}+${login}@users.noreply.github.com`);
    await scene.git(...verified, "verify-commit", `origin/${branch}`);
    expect(await scene.git("log", "-1", "--format=%G?", "origin/main")).toBe("N");
  });
});

test("a key that cannot sign keeps Dev-E from starting, and is named", async () => {
  const closed = join(directory, "closed");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "a passphrase", "-f", closed]);
  const reading = Effect.provide(Effect.flip(readSigningKey), settingsLayer({ RIG_SIGNING_KEY: closed }));
  expect(await Effect.runPromise(reading)).toMatchObject({
    _tag: "StartRefused",
    message: expect.stringMatching(/RIG_SIGNING_KEY.*closed.*without a passphrase/s),
  });
});

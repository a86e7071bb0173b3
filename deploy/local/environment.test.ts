import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { botsThatClaim } from "#kit/github/logins.ts";
import { forgeUsers, keepSecrets } from "./environment.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-secrets-"));
  path = join(directory, "secrets.json");
});
afterEach(() => rm(directory, { recursive: true }));

test("the secrets of a data directory stay the same at every start", async () => {
  const made = await keepSecrets(path);
  expect(await keepSecrets(path)).toEqual(made);
});

test("an identity without a token gets one, and the others keep theirs", async () => {
  const made = await keepSecrets(path);
  const { "dev-e": _, ...others } = made.tokens;
  await writeFile(path, JSON.stringify({ ...made, tokens: others }));
  const mended = await keepSecrets(path);
  expect(mended).toEqual({ webhook: made.webhook, tokens: { ...others, "dev-e": expect.stringMatching(/^\w{48}$/) } });
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(mended);
});

test("each agent of the rows is a bot of the local forge, by the name that the services trust", async () => {
  const bots = forgeUsers("acme", await keepSecrets(path)).map(({ login }) => login);
  const trusted = [botsThatClaim("dev"), botsThatClaim("review")].flatMap((logins) => logins.split(","));
  expect(bots).toEqual(expect.arrayContaining(trusted));
});

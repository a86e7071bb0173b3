import { cpSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Octokit, octokitOf } from "#kit/github/github.ts";
import { type CommandResult, runCommand } from "#kit/process/shell.ts";
import { type Forge, type ForgeOptions, type ForgeUser, startForge } from "./forge.ts";
import { gitEnvironment } from "./git/git.ts";

/** A webhook as a receiver saw it. */
export interface Received {
  readonly event: string;
  readonly guid: string;
  readonly signature: string;
  readonly text: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A webhook receiver on loopback for tests. `answers` are the statuses of its next answers; then it says 202. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  readonly answers: number[];
  close(): Promise<void>;
}

/** A forge with one repository `acme/shop` in a directory of its own, and git to work on it: what the tests stand on. */
export interface TestForge {
  readonly directory: string;
  readonly forge: Forge;
  readonly url: string;
  /** GitHub's client under the identity of this user. */
  octokitOf(user: Pick<ForgeUser, "token">): Octokit;
  /** Makes a repository of acme whose default branch has these files. */
  createRepository(name: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs git in a clone (made at the first use) as the given user. A non-zero exit code is an answer. */
  git(user: ForgeUser, ...args: readonly string[]): Promise<CommandResult>;
  /** Writes files on a branch of the clone that starts at main (or goes on), commits and pushes; returns the head's SHA. */
  push(user: ForgeUser, branch: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Resolves once the tests of all pushed commits have ended and all webhooks are delivered. */
  settled(): Promise<void>;
  /** Stops the forge and starts it again on the same data. */
  restart(options?: Partial<ForgeOptions>): Promise<Forge>;
  close(): Promise<void>;
}

export const person: ForgeUser = { login: "acme", token: "token-of-acme", type: "User", teams: ["acme/keepers"] };
export const coder: ForgeUser = { login: "dev-e[bot]", token: "token-of-dev-e", type: "Bot" };
export const reviewer: ForgeUser = { login: "review-e[bot]", token: "token-of-review-e", type: "Bot" };
export const merger: ForgeUser = { login: "merge-gate[bot]", token: "token-of-merge-gate", type: "Bot" };
/** The reconciler only reads. */
export const comparer: ForgeUser = {
  login: "reconciler[bot]",
  token: "token-of-reconciler",
  type: "Bot",
  role: "read",
};
/** Somebody whom the repository gave nothing: it is public, so he may read, comment and review. */
export const stranger: ForgeUser = { login: "mallory", token: "token-of-mallory", type: "User", role: "read" };
/** Somebody who may set labels but not write. */
export const triager: ForgeUser = { login: "tria", token: "token-of-tria", type: "User", role: "triage" };

/** How the shop is tested. A shell, because 300 pushes are tested and node takes 75 ms of CPU to start its runner. */
export const shopTestCommand = "sh test.sh";
const testScript = `for each in *.test.*; do
  case "$each" in *.js) node "$each" ;; *) sh "$each" ;; esac || exit 1
done
`;

const template: Readonly<Record<string, string>> = {
  ".rig-agent.yaml": `stack: node\ntestCommand: ${shopTestCommand} # the repository's own\n`,
  "package.json": '{ "name": "shop", "type": "module" }\n',
  "sum.js": "export const sum = (left, right) => left + right;\n",
  "sum.test.sh": 'grep -q " + " sum.js || { echo "sum does not add"; exit 1; }\necho "sum was tested"\n',
  "test.sh": testScript,
};

// One shell and not four commands: to start one of the process of a test takes 20 ms, of a shell one.
const pushScript = 'git add --all && git commit --quiet -m "$2" && git push --quiet origin "$1" && git rev-parse HEAD';

/** Starts a forge in a temporary directory, with a copy of what an earlier one left in `from`. */
export async function startTestForge(options: Partial<ForgeOptions> = {}, from?: string): Promise<TestForge> {
  const directory = await mkdtemp(join(tmpdir(), "forge-"));
  if (from !== undefined) cpSync(from, directory, { recursive: true });
  const users = [person, coder, reviewer, comparer, merger, stranger, triager];
  const start = (more: Partial<ForgeOptions>): Promise<Forge> =>
    startForge({ dataDirectory: join(directory, "data"), users, ...options, ...more });
  let forge = await start({});
  const createRepository: TestForge["createRepository"] = async (name, files) => {
    const templateDirectory = join(directory, `template-${name}`);
    await writeFiles(templateDirectory, files);
    await forge.createRepository({ owner: "acme", name, templateDirectory });
  };
  if (from === undefined) await createRepository("shop", template);
  const clone = join(directory, "clone");
  const environmentOf = (user: ForgeUser) => {
    const remote = new URL(`${forge.url}/acme/shop.git`);
    remote.username = "x-access-token";
    remote.password = user.token;
    return gitEnvironment({
      GIT_CONFIG_COUNT: "3",
      ...{ GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: user.login },
      ...{ GIT_CONFIG_KEY_1: "user.email", GIT_CONFIG_VALUE_1: "dev@example.com" },
      ...{ GIT_CONFIG_KEY_2: `url.${remote}.insteadOf`, GIT_CONFIG_VALUE_2: "forge:shop" },
    });
  };
  const git = async (user: ForgeUser, ...args: readonly string[]): Promise<CommandResult> => {
    const env = environmentOf(user);
    if (args[0] !== "clone") return runCommand("git", args, { cwd: clone, env });
    return runCommand("git", ["clone", "forge:shop", clone], { env });
  };
  return {
    directory,
    get forge() {
      return forge;
    },
    get url() {
      return forge.url;
    },
    settled: () => forge.settled(),
    octokitOf: ({ token }) => octokitOf(`${forge.url}/api/v3`, token),
    createRepository,
    git,
    push: async (user, branch, files) => {
      const sh = (script: string, ...args: readonly string[]) =>
        runCommand("sh", ["-c", script, "sh", ...args], { cwd: clone, env: environmentOf(user) });
      expectZero(await sh('git switch "$1" 2>/dev/null || git switch -c "$1" origin/main', branch));
      await writeFiles(clone, files);
      const message = `Change ${Object.keys(files).join(" and ")}`;
      const pushed = await sh(pushScript, branch, message);
      expectZero(pushed);
      return pushed.stdout;
    },
    restart: async (more = {}) => {
      await forge.close();
      forge = await start(more);
      return forge;
    },
    close: async () => {
      await forge.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a webhook receiver on any free port. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server: Server = createServer(async (request, response) => {
    const text = (await buffer(request)).toString("utf8");
    const header = (name: string): string => String(request.headers[name]);
    received.push({
      event: header("x-github-event"),
      guid: header("x-github-delivery"),
      signature: header("x-hub-signature-256"),
      text,
      payload: JSON.parse(text) as Record<string, unknown>,
    });
    response.writeHead(answers.shift() ?? 202).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver does not listen.");
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    answers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

function expectZero(result: CommandResult): void {
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

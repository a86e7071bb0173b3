import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { demoRepository } from "./issues.ts";

// What the tests of the demo need: a work tree with real git, and the prompts that the rig's agents send.

/** A copy of the demo repository under git, with `main` checked out. */
export interface WorkTree {
  readonly directory: string;
  /** Runs git there and returns its output. Throws when git fails. */
  git(...args: string[]): Promise<string>;
  /** Commits all there is; makes no commit where nothing changed. */
  commitAll(subject: string): Promise<void>;
  /** What `npm test` exits with. */
  npmTest(): Promise<number>;
  write(path: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a work tree in a temporary directory; `remove` deletes it. */
export async function makeWorkTree(): Promise<WorkTree> {
  const directory = await mkdtemp(join(tmpdir(), "rig-demo-"));
  await cp(demoRepository.templateDirectory, directory, { recursive: true });
  const env = plainEnvironment({
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Rehearsal",
    GIT_AUTHOR_EMAIL: "rehearsal@rig.invalid",
    GIT_COMMITTER_NAME: "Rehearsal",
    GIT_COMMITTER_EMAIL: "rehearsal@rig.invalid",
  });
  const git = async (...args: string[]) => {
    const result = await runCommand("git", args, { cwd: directory, env });
    if (result.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  const commitAll = async (subject: string) => {
    await git("add", "--all");
    if ((await git("status", "--porcelain")) !== "") await git("commit", "--quiet", "--message", subject);
  };
  await git("init", "--quiet", "--initial-branch", "main");
  await commitAll("The demo repository");
  return {
    directory,
    git,
    commitAll,
    npmTest: async () => (await runCommand("npm", ["test"], { cwd: directory, env: plainEnvironment() })).exitCode,
    write: (path, text) => writeFile(join(directory, path), text),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Dev-E's first message. `more` is the review or the log of a failed check, as untrusted parts. */
export function devPrompt(task: "implement" | "fix", issue: { title: string; body: string }, more = ""): string {
  return [
    `Repository: ${demoRepository.owner}/${demoRepository.name}`,
    "Issue: #1",
    `Task: ${task}`,
    "",
    untrusted("issue", `${issue.title}\n\n${issue.body}`),
    more,
  ].join("\n");
}

/** Review-E's message about a diff. */
export function reviewPrompt(issue: { title: string }, diff: string): string {
  return [
    `Repository: ${demoRepository.owner}/${demoRepository.name}`,
    "Change: #2",
    "Issue: #1",
    "",
    untrusted("issue", issue.title),
    untrusted("diff", diff),
  ].join("\n");
}

/** A text that others wrote, marked as such. */
export function untrusted(source: string, text: string): string {
  return `<untrusted source="${source}">\n${text}\n</untrusted>`;
}

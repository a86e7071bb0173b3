import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Fact } from "#contracts/envelope.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { type Texts, timelineLine } from "../../operator/timeline.ts";
import { stretches } from "./stretches.ts";

/** One thing that has to be true at the end, whether it is, and what was seen. */
export interface Proven {
  readonly claim: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** What the end of a run is judged by. */
export interface Evidence {
  readonly facts: readonly Fact[];
  /** The bare repository on the disk: what the forge serves, read without the forge. */
  readonly bareRepository: string;
  readonly issueState: string;
  readonly pullRequests: readonly { readonly number: number; readonly merged: boolean }[];
}

/** Looks at the results themselves: the repository, its tests run once more, the issue, the facts. */
export async function prove(evidence: Evidence): Promise<readonly Proven[]> {
  const { facts, bareRepository, issueState, pullRequests } = evidence;
  const merged = facts.find((fact) => fact.type === "MERGED");
  const mergeSha = merged?.type === "MERGED" ? merged.data.mergeSha : "";
  const git = (...args: string[]) => runCommand("git", ["--git-dir", bareRepository, ...args]);
  const head = await git("log", "-1", "--format=%H %an: %s", "main");
  const parents = await git("log", "-1", "--format=%P", "main");
  const tests = await runTests(bareRepository);
  const count = (type: Fact["type"]) => facts.filter((fact) => fact.type === type).length;
  return [
    {
      claim: "main of the bare repository is the merge commit",
      holds: mergeSha !== "" && head.stdout.startsWith(mergeSha),
      seen: head.stdout,
    },
    {
      claim: "it is a merge of two parents",
      holds: parents.stdout.trim().split(" ").length === 2,
      seen: parents.stdout.trim(),
    },
    { claim: "its tests pass in a fresh clone", holds: tests.exitCode === 0, seen: tests.summary },
    { claim: "the issue is closed", holds: issueState === "closed", seen: issueState },
    {
      claim: "one pull request, one merge",
      holds: pullRequests.length === 1 && pullRequests[0]?.merged === true && count("MERGED") === 1,
      seen: `${pullRequests.length} pull request, ${count("MERGED")} MERGED`,
    },
    {
      claim: "the first attempt was sent back, the second approved",
      holds: count("REVIEW_CHANGES_REQUESTED") === 1 && count("REVIEW_PASSED") === 1,
      seen: `${count("REVIEW_CHANGES_REQUESTED")} REVIEW_CHANGES_REQUESTED, ${count("REVIEW_PASSED")} REVIEW_PASSED`,
    },
  ];
}

async function runTests(bareRepository: string): Promise<{ exitCode: number; summary: string }> {
  const directory = await mkdtemp(join(tmpdir(), "rig-proof-"));
  try {
    await runCommand("git", ["clone", "--quiet", bareRepository, join(directory, "main")]);
    const env = plainEnvironment({ PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: directory });
    const { exitCode, stdout } = await runCommand("npm", ["test"], {
      cwd: join(directory, "main"),
      env,
      timeoutMs: 120_000,
    });
    const counts = stdout.split("\n").filter((line) => /^\S* ?(tests|pass|fail) \d+/.test(line));
    return {
      exitCode,
      summary: `npm test: exit code ${exitCode}, ${counts.map((line) => line.replace(/^\S* ?(?=(tests|pass|fail) )/, "")).join(", ")}`,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The proof as lines of text. */
export function proofLines(proven: readonly Proven[], facts: readonly Fact[], texts: Texts): readonly string[] {
  const startMs = Date.parse(facts[0]?.occurredAt ?? "");
  const spent = stretches(facts);
  const wholeMs = spent.reduce((sum, { ms }) => sum + ms, 0);
  return [
    "",
    "The facts, as they stand on the stream EVENTS:",
    ...facts.map((fact) => timelineLine(fact, startMs, texts)),
    "",
    "Where every second went:",
    ...spent.map(({ what, ms }) => `${(ms / 1000).toFixed(2).padStart(7)}s  ${what}`),
    `${(wholeMs / 1000).toFixed(2).padStart(7)}s  from the label to the end`,
    "",
    "The proof:",
    ...proven.map(({ claim, holds, seen }) => `  ${holds ? "yes" : "NO "}  ${claim}\n       ${seen.trim()}`),
  ];
}

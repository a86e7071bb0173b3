import { type DiffFile, readDiff } from "#kit/github/diff.ts";
import { answerJson, type Scene } from "../model/playbook.ts";
import type { DemoChange, Finding } from "./demo-change.ts";
import { readPrompt, untrustedPart } from "./prompt.ts";

/** Review-E's verdict, as its output schema asks for it. `line` is a line of the new file that the diff shows. */
interface Verdict extends Record<string, unknown> {
  readonly verdict: "approve" | "request_changes";
  readonly summary: string;
  readonly comments: readonly Comment[];
}

interface Comment {
  readonly path: string;
  readonly line: number;
  readonly body: string;
}

/** Review-E on a change: looks in the diff whether each flaw is there, and decides from that alone. */
export function reviewScene(change: DemoChange): Scene {
  return {
    name: `${change.name}-review`,
    matches: (request) => {
      const prompt = readPrompt(request);
      return prompt.role === "review-e" && change.titlePattern.test(prompt.issueTitle);
    },
    reply: (request) => answerJson(verdictOn(change, readDiff(untrustedPart(request, "diff")))),
  };
}

function verdictOn(change: DemoChange, files: readonly DiffFile[]): Verdict {
  const comments = change.findings.flatMap((finding) => commentOn(finding, files));
  if (comments.length > 0) {
    const count = comments.length === 1 ? "one point" : `${comments.length} points`;
    const summary = `The change is clear and its own tests pass, but it does not do all that the issue asks for: ${count}, on the lines.`;
    return { verdict: "request_changes", summary, comments };
  }
  if (!files.some((file) => file.path === change.sourcePath && file.shown.size > 0)) {
    const summary = `The issue asks for ${change.sourcePath}, and this diff does not touch it.`;
    return { verdict: "request_changes", summary, comments: [] };
  }
  return { verdict: "approve", summary: change.approval, comments: [] };
}

/** No comment where the file is not in the diff: there is no line that one could stand on. */
function commentOn(finding: Finding, files: readonly DiffFile[]): Comment[] {
  const file = files.find((candidate) => candidate.path === finding.path);
  const lines = [...(file?.shown ?? [])];
  if (lines.some(([, text]) => text.includes(finding.goneWhen))) return [];
  const [line] = lines.find(([, text]) => text.includes(finding.at)) ?? lines[0] ?? [];
  return line === undefined ? [] : [{ path: finding.path, line, body: finding.comment }];
}

import type { ScriptedRequest } from "../model/playbook.ts";

/** What the rig's agents say in the first message of a conversation, as far as the scenes need it. */
export interface AgentPrompt {
  readonly role: "dev-e" | "review-e" | "other";
  /** `implement` or `fix` for Dev-E; empty for the others. */
  readonly task: string;
  /** The issue's title: the first line of the issue's text; empty when there is none. */
  readonly issueTitle: string;
}

/** Reads the prompt. Only lines before the first untrusted part count: text of an issue can name no task. */
export function readPrompt(request: ScriptedRequest): AgentPrompt {
  const trusted = request.opening.split("<untrusted", 1)[0] ?? "";
  return {
    role: roleOf(request.system),
    task: /^Task: (\w+)\s*$/m.exec(trusted)?.[1] ?? "",
    issueTitle: untrustedPart(request, "issue").split("\n", 1)[0]?.trim() ?? "",
  };
}

/** The text inside `<untrusted source="…">…</untrusted>`; empty when the prompt has no such part. */
export function untrustedPart(request: ScriptedRequest, source: "issue" | "review" | "ci" | "diff"): string {
  const begin = new RegExp(`<untrusted source="${source}"[^>]*>\\n?`).exec(request.opening);
  if (begin === null) return "";
  const from = begin.index + begin[0].length;
  const end = request.opening.indexOf("</untrusted>", from);
  return request.opening.slice(from, end < 0 ? undefined : end);
}

function roleOf(system: string): AgentPrompt["role"] {
  if (system.startsWith("You are Dev-E")) return "dev-e";
  return system.startsWith("You are Review-E") ? "review-e" : "other";
}

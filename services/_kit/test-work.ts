import type { WorkItem } from "#contracts/work.ts";

/** A work item for Dev-E on an issue of acme/widgets. */
export function workItem(more: Partial<WorkItem>): WorkItem {
  return {
    id: "0123456789abcdef0123/0",
    role: "dev",
    stack: "node",
    priority: "normal",
    task: "implement",
    owner: "acme",
    repo: "widgets",
    number: 1,
    attempt: 1,
    title: "Add a health check",
    baseBranch: "main",
    issueNumber: more.number ?? 1,
    prNumber: null,
    headSha: null,
    reason: "labelled agent-ready",
    requestedAt: "2026-01-02T03:04:05.000Z",
    correlationId: "delivery-1",
    causationId: "cause-1",
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    ...more,
  };
}

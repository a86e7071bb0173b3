import { timeNow } from "./context.ts";
import type { Scene } from "./events.ts";
import type { EventRecord, IssueRecord } from "./records.ts";

/** Keeps what happened to an issue or pull request, for its events and its timeline. */
export function noteEvent(
  { context, repository, sender }: Scene,
  issue: Pick<IssueRecord, "number">,
  of: Omit<EventRecord, "id" | "number" | "actor" | "createdAt">,
): void {
  const id = context.store.takeId();
  repository.events.push({ id, number: issue.number, actor: sender, createdAt: timeNow(), ...of });
}

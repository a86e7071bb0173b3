import type { StoredMsg } from "@nats-io/jetstream";

/** A header of a dead letter, in the words of who wrote it; empty when there is none, or when the client cannot read the headers at all. */
export function letterHeader(letter: StoredMsg, name: string): string {
  return headersIn(letter)?.get(name) ?? "";
}

/** The names of the headers of a dead letter. */
export function letterHeaders(letter: StoredMsg): readonly string[] {
  return headersIn(letter)?.keys() ?? [];
}

function headersIn(letter: StoredMsg): StoredMsg["header"] | undefined {
  try {
    return letter.header;
  } catch {
    return undefined;
  }
}

import { cut, digits, isOpen, one, remote, star } from "./marks.ts";
import { anything, block, type Flow, type Scope } from "./run.ts";
import { readShell } from "./syntax.ts";

/** 24 shells within each other; people write two. */
const nestingMax = 24;

/** Follows code that a shell runs, here or in a child. `what` is shown when it is not known. */
export function followCode(code: string, scope: Scope, what: string): Flow {
  if (isOpen(code)) {
    block(scope, code.includes(remote) ? "fetched-code" : "unknown-code", what);
    return anything;
  }
  if (scope.run.depth > nestingMax || scope.within.length > nestingMax) {
    block(scope, "unreadable-command", "too many shells within each other");
    return anything;
  }
  const { script, fault } = readShell(asWritten(code));
  if (script !== undefined) {
    scope.run.depth += 1;
    const flow = scope.run.follow.node(script, scope);
    scope.run.depth -= 1;
    return flow;
  }
  block(scope, "unreadable-command", `${what}: ${fault}`);
  return anything;
}

/** The code with what stands for patterns and computed numbers written out. */
function asWritten(code: string): string {
  return code.replaceAll(star, "*").replaceAll(one, "?").replaceAll(digits, "0").replaceAll(cut, " ");
}

/** The words as a text that a shell reads as the same words. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

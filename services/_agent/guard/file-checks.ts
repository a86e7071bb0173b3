import { isOpen } from "./marks.ts";
import { isLock, pathsOf, placeOf, writeFault } from "./paths.ts";
import { block, type Scope } from "./run.ts";

/** Checks a path that a command writes: system files, files that a home obeys, and protected files of the work tree. */
export function checkWrite(word: string, scope: Scope, what: string): undefined {
  for (const path of pathsOf(scope, word)) {
    const rule = writeFault(path, scope.run.context);
    if (rule !== undefined) return block(scope, rule, what);
  }
}

/** Checks a path that is removed with all that is in it, or whose rights are changed so. */
export function checkTree(word: string, scope: Scope, what: string): undefined {
  // rm refuses the folder that it runs in.
  if (/^\.\/?$/.test(word) && /^rm\b/.test(what)) return;
  for (const path of pathsOf(scope, word)) {
    switch (placeOf(path, scope.run.context)) {
      case "tree":
        if (writeFault(path, scope.run.context) === undefined) continue;
        return block(scope, "protected-path", what);
      case "scratch":
        continue;
      case "whole":
        return block(scope, "discard-work", what);
      case "git":
        return block(scope, "git-history", what);
      default:
        return block(scope, "delete-outside", what);
    }
  }
}

/** Checks a single file that is removed, moved away or emptied: one beside the work tree may be, one of the system or of git may not. */
export function checkFile(word: string, scope: Scope, what: string): undefined {
  for (const path of pathsOf(scope, word)) {
    const place = placeOf(path, scope.run.context);
    if (place === "git" && !isLock(path)) return block(scope, "git-history", what);
    if (place === "whole" && !/[\uE002\uE003]/.test(word)) return block(scope, "discard-work", what);
    if (place === "system" || place === "home") return checkWriteAt(path, scope, what);
    if (place === "tree" && writeFault(path, scope.run.context) !== undefined)
      return block(scope, "protected-path", what);
  }
}

function checkWriteAt(path: string, scope: Scope, what: string): undefined {
  const { context } = scope.run;
  if (path === context.home || /^[\uE002\uE003]/.test(path.slice(context.home.length + 1)))
    return block(scope, "delete-outside", what);
  const rule = writeFault(path, context);
  if (rule !== undefined) block(scope, rule, what);
}

/** Checks a path that is a device or stands under one. */
export function isDevice(word: string, scope: Scope): boolean {
  if (isOpen(word)) return false;
  return pathsOf(scope, word).some((path) => /^\/dev\//.test(path) && placeOf(path, scope.run.context) === "system");
}

import { isOpen } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { block, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** git push: what it forces, where it goes, and which branches of the remote it moves or removes. */
export function checkPush(args: readonly string[], scope: Scope, what: string): undefined {
  const options = readOptions(args, "o repo push-option receive-pack exec");
  if (has(options, "n dry-run")) return;
  for (const code of valuesOf(options, "receive-pack exec")) followCode(code, scope, what);
  const isForced = options.letters.has("f") || options.names.some((name) => isForce(name));
  const [remote, ...refs] = valuesOf(options, "repo").length > 0 ? ["origin", ...options.operands] : options.operands;
  if (isForced || has(options, "mirror prune d delete") || refs.some((ref) => /^[+:]/.test(ref)))
    return block(scope, "force-push", what);
  const places = [...(remote === undefined ? [] : [remote]), ...valuesOf(options, "repo")];
  if (places.some((place) => isOpen(place) || /[:/]/.test(place))) return block(scope, "protected-branch", what);
  if (has(options, "all branches") || refs.some((ref) => isProtected(ref, scope)))
    block(scope, "protected-branch", what);
}

/** `--force` also cut short or with a value, but not `--force-with-lease` and `--force-if-includes`. */
function isForce(name: string): boolean {
  return name.length >= 2 && "force".startsWith(name);
}

/** Whether a refspec leads to a protected branch, or to one that is not known. */
function isProtected(ref: string, scope: Scope): boolean {
  if (isOpen(ref) || /[\uE002\uE003*]/.test(ref)) return true;
  const target =
    ref
      .split(":")
      .at(-1)
      ?.replace(/^refs\/heads\//, "")
      .replace(/^heads\//, "") ?? "";
  return scope.run.context.protectedBranches.includes(target);
}

/** git update-ref: it moves and removes references without any question. */
export function checkRefs(args: readonly string[], scope: Scope, what: string): undefined {
  const options = readOptions(args, "m");
  const [ref = ""] = options.operands;
  if (has(options, "d stdin") || isProtected(ref, scope)) block(scope, "git-history", what);
}

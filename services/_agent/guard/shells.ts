import { checkCode, type Language, languageOf } from "./code.ts";
import { isOpen, remote } from "./marks.ts";
import { pathsOf, placeOf } from "./paths.ts";
import { checkSocket } from "./redirects.ts";
import { anything, block, type Flow, inside, nothing, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** The script that an interpreter is called with: as an option, as a file or on its input. */
type Called = { readonly code: string } | { readonly file: string } | "stdin" | "none";

/** sh, bash and the like with these arguments. */
export function runShell(args: readonly string[], scope: Scope): Flow {
  const { called, rest } = readShellCall(args, scope);
  const child = inside(scope, { within: [...scope.within, "shell"], positional: rest });
  if (called === "none") return nothing;
  if (called === "stdin") return runFlow(scope.stdin, "shell", child, "the input of a shell");
  if ("code" in called) return followCode(called.code, child, `sh -c ${called.code}`);
  return runFile(called.file, "shell", inside(child, { positional: [called.file, ...rest] }));
}

function readShellCall(
  args: readonly string[],
  scope: Scope,
): { readonly called: Called; readonly rest: readonly string[] } {
  let isCode = false;
  let isInput = false;
  let at = 0;
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--" || arg === "-") {
      at += 1;
      break;
    }
    if (/^--(rcfile|init-file)$/.test(arg)) runFile(args[++at] ?? "", "shell", scope);
    else if (/^--(version|help)$/.test(arg)) return { called: "none", rest: [] };
    else if (isOpen(arg) && isCode) break;
    else if (!/^[-+]./.test(arg)) break;
    else if (!arg.startsWith("--")) {
      isCode ||= arg.startsWith("-") && arg.includes("c");
      // -n reads the script and runs nothing.
      if (/^-[a-z]*n/.test(arg)) return { called: "none", rest: [] };
      isInput ||= arg.startsWith("-") && arg.includes("s");
      if (/[oO]$/.test(arg)) at += 1;
    }
  }
  const rest = args.slice(at);
  const [first] = rest;
  if (isCode) return { called: first === undefined ? "none" : { code: first }, rest: rest.slice(1) };
  if (isInput || first === undefined || first === "/dev/stdin") return { called: "stdin", rest };
  return { called: { file: first }, rest: rest.slice(1) };
}

/** Runs what a flow holds. The content of a file of the repository may run: it is reviewed. */
export function runFlow(flow: Flow, language: Language, scope: Scope, what: string): Flow {
  switch (flow.kind) {
    case "none":
      return nothing;
    case "file":
      return anything;
    case "text":
      return language === "shell" ? followCode(flow.text, scope, what) : checkCode(flow.text, language, scope);
    case "remote":
      block(scope, "fetched-code", what);
      return anything;
    case "unknown":
      block(scope, "unknown-code", what);
      return anything;
  }
}

/** Runs a file: one that this command wrote is read as it was written, one that it fetched is refused. */
export function runFile(word: string, language: Language | "program", scope: Scope): Flow {
  if (word === "/dev/null" || checkSocket(word, scope)) return anything;
  if (isOpen(word)) {
    block(scope, word.includes(remote) ? "fetched-code" : "unknown-code", word);
    return anything;
  }
  if (word === "/dev/stdin" || word === "/proc/self/fd/0" || word === "/dev/fd/0")
    return runFlow(scope.stdin, language === "program" ? "shell" : language, scope, word);
  const known = pathsOf(scope, word).map((path) => ({ path, flows: scope.run.files.get(path) ?? [] }));
  for (const { path, flows } of known) {
    if (flows.length === 0 && /^\/(dev|proc)\//.test(path)) block(scope, "unknown-code", word);
    if (
      flows.length === 0 &&
      scope.run.unpacked &&
      ["tree", "scratch"].includes(placeOf(path, scope.run.context)) &&
      (language !== "program" || word.includes("/"))
    )
      block(scope, "fetched-code", word);
    for (const flow of flows) {
      const text = flow.kind === "text" ? flow.text : "";
      runFlow(flow, language === "program" ? languageOfFile(path, text) : language, scope, word);
    }
  }
  return anything;
}

/** The language of a program that is started by its path: what its first line or its ending says. */
function languageOfFile(path: string, text: string): Language {
  const [, interpreter = ""] = /^#!\s*\S*?([^/\s]+(?:\s+[^/\s]+)?)\s*$/m.exec(text.split("\n")[0] ?? "") ?? [];
  const name = interpreter.replace(/^env\s+/, "");
  return (
    languageOf(name) ??
    languageOf(
      { py: "python", js: "node", mjs: "node", cjs: "node", ts: "node", rb: "ruby", pl: "perl", php: "php" }[
        path.split(".").at(-1) ?? ""
      ] ?? "",
    ) ??
    "shell"
  );
}

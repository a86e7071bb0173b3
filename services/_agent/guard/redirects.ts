import { expand, followAll } from "./expand.ts";
import { checkWrite } from "./file-checks.ts";
import { isLoopback } from "./hosts.ts";
import { cut, isOpen, unknown } from "./marks.ts";
import { pathsOf } from "./paths.ts";
import { anything, block, both, type Flow, fetched, inside, nothing, type Scope, write } from "./run.ts";
import { secretIn } from "./secrets.ts";
import type { Redirection, Word, WordPart } from "./syntax.ts";

/** Runs a command with its redirections: what they read is its input, and what it writes is noted for the files that they name. */
export function redirected(redirects: readonly Redirection[], scope: Scope, run: (within: Scope) => Flow): Flow {
  if (redirects.length === 0) return run(scope);
  let { stdin } = scope;
  const outputs: { readonly path: string; readonly appends: boolean; readonly isStdout: boolean }[] = [];
  for (const redirect of redirects) {
    const number = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : undefined;
    const named = redirect.descriptor !== undefined;
    if (redirect.type === "Redirect" && !redirect.operator.startsWith("<")) {
      for (const path of outputsOf(redirect.operator, redirect.target, scope)) {
        outputs.push({ path, appends: redirect.operator.includes(">>"), isStdout: !named || number === 1 });
      }
    } else {
      const flow = inputOf(redirect, scope);
      if (!named || number === 0) stdin = flow;
    }
  }
  const within = inside(scope, { stdin });
  const flow = run(within);
  scope.folders = within.folders;
  for (const { path, appends, isStdout } of outputs) {
    const content = isStdout ? flow : anything;
    const before = scope.run.files.get(path)?.at(-1);
    if (appends && before !== undefined) write(scope, path, both(before, content));
    write(scope, path, content);
  }
  return outputs.some(({ isStdout }) => isStdout) ? nothing : flow;
}

function outputsOf(operator: string, target: Word | undefined, scope: Scope): readonly string[] {
  if (target === undefined) return [];
  const words = expand(target, scope).map((value) => value.replaceAll(cut, ""));
  return words.flatMap((word) => {
    if (operator === ">&" && /^(\d+-?|-)$/.test(word)) return [];
    if (operator === ">&" && isOpen(word)) return [];
    if (checkSocket(word, scope)) return [];
    checkWrite(word, scope, `> ${word}`);
    return pathsOf(scope, word);
  });
}

/** `/dev/tcp/HOST/PORT` is a connection. Returns whether the path is one. */
export function checkSocket(word: string, scope: Scope): boolean {
  const socket = /^\/dev\/(?:tcp|udp)\/([^/]*)/.exec(word);
  if (socket === null) return false;
  if (!isLoopback(socket[1] ?? "")) block(scope, "send-files", word);
  return true;
}

function inputOf(redirect: Redirection, scope: Scope): Flow {
  if (redirect.type === "HereDoc") {
    if (redirect.body.parts === undefined) return { kind: "text", text: redirect.body.text };
    return textOf(redirect.body.parts, scope);
  }
  if (redirect.target === undefined) return anything;
  const words = expand(redirect.target, scope, "value").map((value) =>
    value.replaceAll(cut, redirect.type === "HereString" ? " " : ""),
  );
  if (redirect.type === "HereString") return words.length === 1 ? { kind: "text", text: `${words[0]}\n` } : anything;
  if (redirect.operator === "<&") return words.every((word) => word === "-") ? nothing : anything;
  return words.map((word) => inputFrom(word, scope)).reduce(both, nothing);
}

function inputFrom(word: string, scope: Scope): Flow {
  if (checkSocket(word, scope)) return fetched;
  if (isOpen(word)) return anything;
  if (word === "/dev/null") return nothing;
  if (secretIn(scope, word) !== undefined) block(scope, "read-secrets", `< ${word}`);
  return contentOf(word, scope);
}

/** What a file holds, as far as this command wrote it. */
export function contentOf(word: string, scope: Scope): Flow {
  const known = pathsOf(scope, word).flatMap((path) => scope.run.files.get(path) ?? []);
  if (known.length === 1 && known[0] !== undefined) return known[0];
  if (known.length > 1) return known.some(({ kind }) => kind === "remote") ? fetched : anything;
  return /^\/(dev|proc)\//.test(word) ? anything : { kind: "file" };
}

/** The text of a here-document in which variables and substitutions are expanded. */
function textOf(parts: readonly WordPart[], scope: Scope): Flow {
  const word: Word = {
    type: "Word",
    text: '"',
    value: "",
    pos: 0,
    end: 0,
    parts: [{ type: "DoubleQuoted", pos: 0, end: 0, text: "", parts: parts as never }],
  };
  const values = expand(word, scope, "value");
  if (values.length === 1) return { kind: "text", text: values[0] ?? "" };
  for (const part of parts) followAll(part, scope);
  return { kind: "text", text: unknown };
}

import { checkWrite } from "./file-checks.ts";
import { cut, digits, isOpen, unknown } from "./marks.ts";
import { readOptions } from "./options.ts";
import { pathsOf } from "./paths.ts";
import { contentOf } from "./redirects.ts";
import {
  anything,
  assign,
  block,
  both,
  type Flow,
  fetched,
  nothing,
  type Program,
  passedOn,
  type Scope,
  write,
} from "./run.ts";
import { followCode } from "./shell-code.ts";

/** Programs that write text, or hand on what they read. */
export const textPrograms: Readonly<Record<string, Program>> = {
  echo: (args) => {
    const first = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
    const words = first < 0 ? [] : args.slice(first);
    const isEscaped = args.slice(0, Math.max(first, 0)).some((arg) => arg.includes("e"));
    const text = words.join(" ");
    return { kind: "text", text: `${isEscaped || text.includes("\\") ? unescaped(text) : text}\n` };
  },
  printf: printFormatted,
  cat: show,
  tac: show,
  zcat: () => fetched,
  tee: (args, scope) => {
    for (const file of readOptions(args).operands) {
      checkWrite(file, scope, `tee ${file}`);
      for (const path of pathsOf(scope, file)) write(scope, path, scope.stdin);
    }
    return scope.stdin;
  },
  base64: decode,
  base32: decode,
  basenc: decode,
  uudecode: () => fetched,
  xxd: decode,
  openssl: decode,
  gpg: (args, scope) => {
    if (args.some((arg) => /^--export-secret/.test(arg))) block(scope, "read-secrets", `gpg ${args.join(" ")}`);
    return decode(args, scope, "gpg");
  },
  ...Object.fromEntries(
    ["gunzip", "bunzip2", "unxz", "unzstd", "zstdcat", "xzcat", "bzcat", "gzcat"].map((name) => [name, () => fetched]),
  ),
  ...Object.fromEntries(["gzip", "bzip2", "xz", "zstd"].map((name) => [name, decode])),
  sed: (args, scope) => {
    const options = readOptions(args, "e f l expression file line-length");
    const scripts = options.values.filter(({ option }) => /^(e|expression)$/.test(option)).map(({ value }) => value);
    const isExplicit = options.values.some(({ option }) => /^(e|f|expression|file)$/.test(option));
    for (const script of isExplicit ? scripts : options.operands.slice(0, 1)) checkSed(script, scope);
    const files = isExplicit ? options.operands : options.operands.slice(1);
    if (options.letters.has("i") || options.names.some((name) => name.startsWith("in"))) {
      for (const file of files) checkWrite(file, scope, `sed ${args.join(" ")}`);
    }
    return passedOn(scope.stdin);
  },
  mktemp: () => ({ kind: "text", text: `/tmp/tmp.${digits}` }),
  date: () => ({ kind: "text", text: digits }),
  nproc: () => ({ kind: "text", text: digits }),
  basename: () => anything,
  true: () => nothing,
  ":": () => nothing,
  false: () => nothing,
  sleep: () => nothing,
  exit: () => nothing,
  return: () => nothing,
  sort: (args, scope) => codeOptions(["compress-program"], args, scope),
  split: (args, scope) => codeOptions(["filter"], args, scope),
};

function show(args: readonly string[], scope: Scope): Flow {
  const { operands } = readOptions(args);
  if (operands.length === 0) return scope.stdin;
  return operands
    .map((file) =>
      file === "-" || file === "/dev/stdin"
        ? scope.stdin
        : isOpen(file)
          ? passedOn(file.includes("\uE001") ? fetched : anything)
          : contentOf(file, scope),
    )
    .reduce(both, nothing);
}

/** What comes out of a decoder is another text than the one that can be seen. */
function decode(args: readonly string[], scope: Scope, name: string): Flow {
  const letters =
    { base64: "dD", base32: "dD", basenc: "d", xxd: "r", gzip: "d", bzip2: "d", xz: "d", zstd: "d", gpg: "d" }[name] ??
    "d";
  const decodes = args.some((arg) => new RegExp(`^-[A-Za-z]*[${letters}]`).test(arg) || /^--(d|dec|unc|rev)/.test(arg));
  return decodes ? fetched : passedOn(scope.stdin);
}

/** Options whose value is a command. */
export function codeOptions(names: readonly string[], args: readonly string[], scope: Scope): Flow {
  const { values } = readOptions(args, names.join(" "));
  for (const { option, value } of values) {
    if (names.some((name) => name === option || (option.length > 2 && name.startsWith(option))))
      followCode(value, scope, `--${option} ${value}`);
  }
  return passedOn(scope.stdin);
}

/** The command `e` of sed, and the flag `e` of `s`, run a program; `w` writes a file. */
function checkSed(script: string, scope: Scope): undefined {
  const flags: string[] = [];
  const rest = script.replaceAll(
    /(^|[;{}\n\s/\d$!,])s([^\w\s\\;])((?:\\[\s\S]|(?!\2)[^\\])*)\2((?:\\[\s\S]|(?!\2)[^\\])*)\2([a-zA-Z0-9]*)/g,
    (_, before: string, _mark: string, _from: string, _to: string, after: string) => {
      flags.push(after);
      return before;
    },
  );
  if (
    flags.some((flag) => /e/.test(flag)) ||
    /(^|[;{}\n])\s*(?:[\d$]+(?:[,~+]\d*\$?)?|\/(?:\\.|[^/])*\/I?)?\s*!?\s*e(\s|$)/.test(rest)
  )
    block(scope, "unknown-code", `sed ${script}`);
  for (const [, file = ""] of rest.matchAll(/(?:^|[;{}\n]|\/)\s*\d*\s*[wW]\s+(\S+)/g))
    checkWrite(file, scope, `sed ${script}`);
}

/** What printf prints: the format again for each round of arguments. */
function printed(args: readonly string[]): Flow {
  const [format = "", ...given] = args[0] === "--" ? args.slice(1) : args;
  if (isOpen(format)) return { kind: "text", text: unknown };
  let text = "";
  let at = 0;
  for (let round = 0; round < 64; round += 1) {
    text += unescaped(
      format.replaceAll(
        /%(%|[-+ #0]*\d*(?:\.\d+)?([a-zA-Z])|\([^)]*\)T)/g,
        (whole, _rest, kind: string | undefined) => {
          if (whole === "%%") return "%";
          const value = given[at++] ?? "";
          if (kind === "b") return unescaped(value).replaceAll("\\", "\\\\");
          if (kind === "c") return value.slice(0, 1);
          return (kind === "s" || kind === "q" ? value : /^\d+$/.test(value) ? value : digits).replaceAll("\\", "\\\\");
        },
      ),
    );
    if (at >= given.length || at === 0) break;
  }
  return { kind: "text", text: text.replaceAll(cut, " ") };
}

/** A text with the escapes that echo -e and printf know. */
function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|([\s\S]))/g,
    (whole, x, u, U, octal, other) => {
      if (x !== undefined) return String.fromCharCode(Number.parseInt(x, 16));
      if (u !== undefined || U !== undefined)
        return String.fromCodePoint(Math.min(Number.parseInt(u ?? U, 16), 0x10ffff));
      // An octal number is taken by its low eight bits.
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return (
        { n: "\n", t: "\t", r: "\r", a: "", b: "", e: "\u001b", f: "\f", v: "\v", "\\": "\\", '"': '"', "'": "'" }[
          other as string
        ] ?? whole
      );
    },
  );
}

/** printf, whose -v sets a variable. */
function printFormatted(args: readonly string[], scope: Scope): Flow {
  if (args[0]?.startsWith("-v") !== true) return printed(args);
  const isOne = args[0] !== "-v";
  const flow = printed(args.slice(isOne ? 1 : 2));
  assign(scope, isOne ? args[0].slice(2) : (args[1] ?? ""), flow.kind === "text" ? flow.text : unknown);
  return nothing;
}

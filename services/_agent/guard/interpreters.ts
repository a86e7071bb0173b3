import { checkCode, type Language } from "./code.ts";
import { isOpen } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { anything, type Flow, nothing, passedOn, type Scope } from "./run.ts";
import { runFile, runFlow, runShell } from "./shells.ts";

/** Options of each language: those whose value is code, those that take another value, and those after which the input is data. */
const calls: Readonly<
  Record<Exclude<Language, "shell">, { readonly code: string; readonly valued: string; readonly data?: string }>
> = {
  python: { code: "c", valued: "W X m", data: "m" },
  node: {
    code: "e p eval print",
    valued:
      "r require import loader input-type env-file conditions C test-name-pattern test-reporter max-old-space-size inspect-port",
    data: "test version v help h check c watch",
  },
  perl: { code: "e E", valued: "I M m i" },
  ruby: { code: "e", valued: "I r C" },
  php: { code: "r B R E", valued: "d c S t f z", data: "S v i m" },
  lua: { code: "e", valued: "l" },
  awk: { code: "e source", valued: "F v f" },
  other: { code: "c Command e eval E", valued: "File f ExecutionPolicy", data: "version" },
};

/** python, node, perl and the like, with code in an option, a file or on their input. */
export function runInterpreter(language: Language, args: readonly string[], scope: Scope, name: string): Flow {
  if (language === "shell") return runShell(args, scope);
  const { code, valued, data = "" } = calls[language];
  const verbs = ["deno", "bun", "tsx"].includes(name)
    ? args.filter((arg, index) => !(index === 0 && /^(run|eval|x|watch|repl)$/.test(arg)))
    : args;
  const options = readOptions(verbs, `${code} ${valued}`, "untilOperand");
  const isEval = name === "deno" && args[0] === "eval";
  const codes = [...codesOf(language, options, code, verbs), ...(isEval ? options.operands.slice(0, 1) : [])];
  for (const each of codes) checkCode(each, language, scope);
  for (const module of valuesOf(options, "r require import loader"))
    if (/[/.]/.test(module) || isOpen(module)) runFile(module, language, scope);
  if (codes.length > 0) return passedOn(scope.stdin);
  if (language === "awk") return runAwk(options.operands, has(options, "f"), scope);
  if (data !== "" && (has(options, data) || valuesOf(options, data).length > 0)) return passedOn(scope.stdin);
  const [file] = options.operands;
  if (file === undefined || file === "-") return runFlow(scope.stdin, language, scope, `the input of ${name}`);
  if (
    ["test", "check", "fmt", "lint", "install", "add", "task", "-v"].includes(file) &&
    ["deno", "bun", "php"].includes(name)
  )
    return anything;
  return runFile(file, language, scope);
}

function codesOf(
  language: Language,
  options: ReturnType<typeof readOptions>,
  code: string,
  args: readonly string[],
): readonly string[] {
  // powershell has long names with one dash, and `-` is its input.
  if (language === "other") {
    const at = args.findIndex((arg) => /^-{1,2}(c|command|e|eval|encodedcommand)$/i.test(arg));
    return at < 0 || args[at + 1] === undefined || args[at + 1] === "-" ? [] : args.slice(at + 1, at + 2);
  }
  // `perl -ne code` and `ruby -pe code`; in node `-pe code`.
  return valuesOf(options, code).filter((value) => value !== "");
}

function runAwk(operands: readonly string[], isFile: boolean, scope: Scope): Flow {
  const [program] = operands;
  if (!isFile && program !== undefined) checkCode(program, "awk", scope);
  return program === undefined ? nothing : passedOn(scope.stdin);
}
